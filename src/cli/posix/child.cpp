#include "child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "xppkg/error.hpp"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace xppkg::cli {
namespace {

constexpr int kSignalStatus = 128;

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

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

class Attributes {
 public:
  explicit Attributes(bool own_session) {
    ::posix_spawnattr_init(&value_);
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&value_, &none);
    ::posix_spawnattr_setsigdefault(&value_, &all);
    const int session = own_session ? POSIX_SPAWN_SETSID : 0;
    ::posix_spawnattr_setflags(
        &value_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session));
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&value_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_{};
};

[[noreturn]] void cannot_start(const std::string& program, int error) {
  throw Error(Code::rights_refused,
              {{"program", program}, {"cause", std::generic_category().message(error)}});
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
  const Attributes attributes(!terminal.empty());
  std::vector<char*> given;
  if (environment != nullptr) given = pointers_to(*environment);
  const int error =
      ::posix_spawnp(&pid_, words.front().c_str(), actions.get(), attributes.get(),
                     pointers_to(words).data(), environment != nullptr ? given.data() : environ);
  if (error != 0) cannot_start(words.front(), error);
}

int Child::wait() {
  if (pid_ == 0) return status_;
  // It must not wait for us to read on.
  output_.close();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  status_ = WIFSIGNALED(status) ? kSignalStatus + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

}  // namespace xppkg::cli
