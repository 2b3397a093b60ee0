#pragma once

#include "verbs.hpp"
#include "xppkg/error.hpp"
#include "xppkg/site.hpp"

namespace xppkg::cli {

/// The exit status of what the gate says.
int exit_status(GateResult::State state);
/// Why nothing can be followed, where the state is `unreachable`.
Code error_of(const GateResult& gate);
/// The gate's verdict, in a sentence for people.
std::string describe(const GateResult& gate);

}  // namespace xppkg::cli
