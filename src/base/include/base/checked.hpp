#pragma once

#include <concepts>
#include <limits>

#include "xppkg/error.hpp"

namespace xppkg {

/// Sum of two unsigned numbers. Throws Error{limit_exceeded} instead of wrapping round.
template <std::unsigned_integral T>
T checked_add(T a, T b) {
  if (b > std::numeric_limits<T>::max() - a) {
    throw Error(Code::limit_exceeded, {{"reason", "a sum over the number's range"}});
  }
  return static_cast<T>(a + b);
}

/// Product of two unsigned numbers. Throws Error{limit_exceeded} instead of wrapping round.
template <std::unsigned_integral T>
T checked_mul(T a, T b) {
  if (a != 0 && b > std::numeric_limits<T>::max() / a) {
    throw Error(Code::limit_exceeded, {{"reason", "a product over the number's range"}});
  }
  return static_cast<T>(a * b);
}

}  // namespace xppkg
