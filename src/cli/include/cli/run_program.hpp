#pragma once

#include <functional>
#include <string>
#include <vector>

namespace xppkg::cli {

/// Runs a program with our standard streams, working folder and environment, and waits for its end.
/// `words`: the program (looked for in PATH if it has no folder) and its arguments. Requests to end
/// are passed on to it. `started` is called when it runs. Returns its exit status; if a signal
/// ended it, 128 + its number. Throws Error{usage_invalid} if it cannot be started.
int run_and_wait(const std::vector<std::string>& words, const std::function<void()>& started);

}  // namespace xppkg::cli
