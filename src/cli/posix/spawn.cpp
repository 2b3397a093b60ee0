#include "spawn.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "cli/process.hpp"

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

class Attributes {
 public:
  explicit Attributes(bool own_session) {
    ::posix_spawnattr_init(&value_);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&value_, &none);
    // The child inherits the signals that our caller ignored, not those that we ignore or catch.
    sigset_t usual;
    ::sigfillset(&usual);
    for (int number = 1; number < NSIG; ++number) {
      if (was_ignored(number)) ::sigdelset(&usual, number);
    }
    ::posix_spawnattr_setsigdefault(&value_, &usual);
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

}  // namespace

int spawn(const std::vector<std::string>& words, const Start& start, pid_t& pid) {
  const Attributes attributes(start.own_session);
  std::vector<char*> given;
  if (start.environment != nullptr) given = pointers_to(*start.environment);
  return ::posix_spawnp(&pid, words.front().c_str(), start.files, attributes.get(),
                        pointers_to(words).data(),
                        start.environment != nullptr ? given.data() : environ);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? kSignalStatus + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace xppkg::cli
