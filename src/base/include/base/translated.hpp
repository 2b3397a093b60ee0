#pragma once

#include <system_error>

#include "xppkg/error.hpp"

namespace xppkg {

/// The code for an error number of the system, of the disk or of the process. No other place
/// translates these numbers.
Code code_of_system(std::error_code error);

/// Throws, in place of the exception that is being handled, the Error that it means: the state of
/// the world (no memory, no threads, a disk that refuses) has codes of its own, and only what is
/// none of these is `internal`. Call this in a catch block.
[[noreturn]] void throw_translated();

/// Calls `work`, and lets no other exception out than Error.
template <typename Work>
decltype(auto) translated(Work&& work) {
  try {
    return work();
  } catch (...) {
    throw_translated();
  }
}

}  // namespace xppkg
