#pragma once

#include "verbs.hpp"
#include "xppkg/error.hpp"
#include "xppkg/site.hpp"

namespace xppkg::cli {

/// The exit status of what the gate says.
int exit_status(GateResult::State state);
/// The gate's verdict, in a sentence for people.
std::string describe(const GateResult& gate);

}  // namespace xppkg::cli
