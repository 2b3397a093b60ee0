#include "cli/run_program.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <optional>
#include <system_error>

#include "base/translated.hpp"
#include "cli/output.hpp"
#include "cli/process.hpp"
#include "spawn.hpp"
#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

std::atomic<pid_t> child{0};

void pass_on(int number) {
  if (child > 0) ::kill(child, number);
}

constexpr std::array kPassed{SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

/// While it lives, signals wait: nobody knows yet to whom they are passed on.
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int number : kPassed) ::sigaddset(&held, number);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;
  ~SignalsHeldBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// While it lives: who asks us to end asks the program. Ctrl-C reaches it from the terminal anyway.
class SignalsPassedOn {
 public:
  SignalsPassedOn() {
    struct sigaction action {};
    action.sa_handler = pass_on;
    for (std::size_t i = 0; i < kPassed.size(); ++i) {
      ::sigaction(kPassed[i], was_ignored(kPassed[i]) ? nullptr : &action, &before_[i]);
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
  std::array<struct sigaction, kPassed.size()> before_{};
  struct sigaction interrupt_before_ {};
};

}  // namespace

int run_and_wait(const std::vector<std::string>& words, const std::function<void()>& started) {
  clear_progress();
  std::optional<SignalsHeldBack> held(std::in_place);
  const SignalsPassedOn signals;
  pid_t pid = 0;
  const int error = spawn(words, {}, pid);
  if (error != 0) {
    // The program that was named, unless there is room for none.
    const std::error_code cause(error, std::generic_category());
    const bool is_limit = code_of_system(cause) == Code::process_limit;
    throw Error(is_limit ? Code::process_limit : Code::usage_invalid,
                {{"program", words.front()}, {"cause", cause.message()}});
  }
  child = pid;
  held.reset();
  started();
  const int status = wait_for(pid);
  child = 0;
  return status;
}

}  // namespace xppkg::cli
