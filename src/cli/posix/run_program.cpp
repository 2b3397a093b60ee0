#include "cli/run_program.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "xppkg/error.hpp"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace xppkg::cli {
namespace {

constexpr int kSignalStatus = 128;

std::atomic<pid_t> child{0};

void pass_on(int number) {
  if (child > 0) ::kill(child, number);
}

/// While it lives: who asks us to end asks the program. Ctrl-C reaches it from the terminal anyway.
class SignalsPassedOn {
 public:
  SignalsPassedOn() {
    struct sigaction action {};
    action.sa_handler = pass_on;
    for (std::size_t i = 0; i < kPassed.size(); ++i) {
      ::sigaction(kPassed[i], &action, &before_[i]);
    }
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &action, &interrupt_before_);
  }
  SignalsPassedOn(const SignalsPassedOn&) = delete;
  SignalsPassedOn& operator=(const SignalsPassedOn&) = delete;
  ~SignalsPassedOn() {
    for (std::size_t i = 0; i < kPassed.size(); ++i) {
      ::sigaction(kPassed[i], &before_[i], nullptr);
    }
    ::sigaction(SIGINT, &interrupt_before_, nullptr);
  }

 private:
  static constexpr std::array kPassed{SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  std::array<struct sigaction, kPassed.size()> before_{};
  struct sigaction interrupt_before_ {};
};

/// The program starts with the signals as a shell would start it.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&value_);
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&value_, &none);
    ::posix_spawnattr_setsigdefault(&value_, &all);
    ::posix_spawnattr_setflags(&value_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&value_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_{};
};

}  // namespace

int run_and_wait(const std::vector<std::string>& words, const std::function<void()>& started) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const Attributes attributes;
  const SignalsPassedOn signals;
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, arguments.front(), nullptr, attributes.get(), arguments.data(), environ);
  if (error != 0) {
    throw Error(Code::usage_invalid,
                {{"program", words.front()}, {"cause", std::generic_category().message(error)}});
  }
  child = pid;
  started();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  child = 0;
  return WIFSIGNALED(status) ? kSignalStatus + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace xppkg::cli
