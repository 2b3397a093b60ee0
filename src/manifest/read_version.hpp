#pragma once

#include "base/json.hpp"
#include "xppkg/version.hpp"

namespace xppkg::manifest {

/// A version in signed data. Throws Error{trust_malformed}.
inline Version read_version(const Fields& fields) {
  try {
    return Version::parse(fields.text("version"));
  } catch (const Error& error) {
    if (error.code() != Code::usage_invalid) throw;
    fields.fail(error.what());
  }
}

}  // namespace xppkg::manifest
