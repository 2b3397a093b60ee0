#pragma once

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "xppkg/error.hpp"

namespace xppkg::fuzz {

/// A condition that holds for any input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Runs something that may end with these errors and with no other. True if it ended well.
template <typename Work>
bool documented(std::initializer_list<Code> codes, const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    require(std::ranges::find(codes, error.code()) != codes.end());
    return false;
  }
}

}  // namespace xppkg::fuzz
