#pragma once

#include <string>

#include "xppkg/error.hpp"

namespace xppkg::test {

/// The id of the error that `work` ends with, such as "trust.hash"; empty if it succeeds.
template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
    return {};
  } catch (const Error& error) {
    return std::string(info(error.code()).id);
  }
}

}  // namespace xppkg::test
