#pragma once

#include <string>

#include "statement.hpp"

namespace xppkg::site {

/// What `load` gives: the library of a database, which is loaded. Throws Failure where that is not
/// installed.
template <typename Load>
auto& installed_driver(const char* database, const Load& load) {
  try {
    return load();
  } catch (const Error& error) {
    throw Failure(Failure::Kind::unreachable,
                  "the driver of " + std::string(database) +
                      " is not installed: " + std::string(error.fact("cause")));
  }
}

}  // namespace xppkg::site
