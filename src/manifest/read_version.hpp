#pragma once

#include "base/json.hpp"
#include "xppkg/version.hpp"

namespace xppkg::manifest {

/// A version in signed data. Throws Error{trust_malformed}.
inline Version read_version(const std::string& text) {
  try {
    return Version::parse(text);
  } catch (const Error& error) {
    if (error.code() != Code::usage_invalid) throw;
    throw Error(Code::trust_malformed, {{"reason", error.what()}});
  }
}

}  // namespace xppkg::manifest
