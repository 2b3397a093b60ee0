#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace xppkg::cli {

/// How a program starts, beside its words.
struct Start {
  const posix_spawn_file_actions_t* files = nullptr;      ///< null: it has our open files
  bool own_session = false;                               ///< away from our terminal
  const std::vector<std::string>* environment = nullptr;  ///< null: ours
};

/// Starts a program, with the signals as a shell would start it. `words`: the program (looked for
/// in PATH if it has no folder) and its arguments. Returns 0 and sets `pid`, or the number of the
/// system's error.
int spawn(const std::vector<std::string>& words, const Start& start, pid_t& pid);

/// Waits for its end. Returns its exit status; if a signal ended it, 128 + its number.
int wait_for(pid_t pid);

}  // namespace xppkg::cli
