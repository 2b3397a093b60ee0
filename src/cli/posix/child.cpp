#include "child.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/translated.hpp"
#include "spawn.hpp"
#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&value_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&value_); }
  posix_spawn_file_actions_t* get() { return &value_; }

 private:
  posix_spawn_file_actions_t value_{};
};

[[noreturn]] void cannot_start(const std::string& program, int error) {
  const std::error_code cause(error, std::generic_category());
  const bool is_limit = code_of_system(cause) == Code::process_limit;
  throw Error(is_limit ? Code::process_limit : Code::rights_refused,
              {{"program", program}, {"cause", cause.message()}});
}

}  // namespace

Child::Child(const std::vector<std::string>& words, const std::string& terminal,
             const std::vector<std::string>* environment) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) cannot_start(words.front(), errno);
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  output_.reset(ends[0]);
  const File write_end(ends[1]);
  Actions actions;
  if (!terminal.empty()) {
    // Opened first in a new session, it becomes the session's terminal.
    ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(actions.get(), STDIN_FILENO, STDERR_FILENO);
  }
  ::posix_spawn_file_actions_adddup2(actions.get(), write_end.get(), STDOUT_FILENO);
  const int error = spawn(words, {actions.get(), !terminal.empty(), environment}, pid_);
  if (error != 0) cannot_start(words.front(), error);
}

int Child::wait() {
  if (pid_ == 0) return status_;
  // It must not wait for us to read on.
  output_.close();
  status_ = wait_for(std::exchange(pid_, 0));
  return status_;
}

}  // namespace xppkg::cli
