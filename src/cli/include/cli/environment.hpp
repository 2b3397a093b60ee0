#pragma once

#include <string>

namespace xppkg::cli {

/// The value of a variable, which programs that we start no longer see; empty where it is not set.
std::string take_variable(const char* name);

}  // namespace xppkg::cli
