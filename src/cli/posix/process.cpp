#include "cli/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace xppkg::cli {
namespace {

constexpr std::array kStreams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
/// Signals that stay ignored if the program that started us ignored them.
constexpr std::array kLeftToTheStarter{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,
                                       SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};

sigset_t& ignored_signals() {
  static sigset_t ignored = [] {
    sigset_t none;
    ::sigemptyset(&none);
    return none;
  }();
  return ignored;
}

// The lowest free number is the one that is wanted: they are opened in their order.
void open_closed_streams() {
  for (const int stream : kStreams) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDWR) >= 0) continue;  // NOLINT: stays open
    // A folder takes the number where there are no devices: nothing can be written to it.
    ::open("/", O_RDONLY | O_DIRECTORY);  // NOLINT: stays open
  }
}

void remember_ignored_signals() {
  ::sigemptyset(&ignored_signals());
  for (const int number : kLeftToTheStarter) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      ::sigaddset(&ignored_signals(), number);
    }
  }
}

void settle_signals() {
  remember_ignored_signals();
  // A launcher may have blocked signals by mistake: then nobody could end this process.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Else the ends of programs that we start could not be waited for.
  std::signal(SIGCHLD, SIG_DFL);
  // A reader of our output may go away: that becomes a write error, not a signal.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that grows beyond a limit.
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

void settle_process() {
  open_closed_streams();
  settle_signals();
}

bool was_ignored(int signal) {
  return ::sigismember(&ignored_signals(), signal) == 1;
}

}  // namespace xppkg::cli
