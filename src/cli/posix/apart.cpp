#include "cli/apart.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <system_error>

#include "base/translated.hpp"
#include "child.hpp"
#include "cli/elevation.hpp"
#include "cli/terminal.hpp"
#include "xppkg/error.hpp"

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

namespace xppkg::cli {
namespace {

constexpr std::size_t kMostPending = 256 * 1024;
constexpr std::chrono::seconds kLastWords{5};

/// Output of this process that was not taken yet.
std::string& pending() {
  static std::string text;
  return text;
}

/// Writes as much as is taken at once.
void write_some() {
  std::string& text = pending();
  while (!text.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno != EAGAIN) text.clear();  // Nobody reads any more.
    if (put <= 0) return;
    text.erase(0, static_cast<std::size_t>(put));
  }
}

void write_last_words() {
  const auto end = std::chrono::steady_clock::now() + kLastWords;
  write_some();
  while (!pending().empty() && std::chrono::steady_clock::now() < end) {
    pollfd file{STDOUT_FILENO, POLLOUT, 0};
    ::poll(&file, 1, 100);
    write_some();
  }
}

[[noreturn]] void fail(const char* operation) {
  const std::error_code cause(errno, std::generic_category());
  throw Error(code_of_system(cause), {{"operation", operation}, {"cause", cause.message()}});
}

void open_at(int number, const char* path, int flags) {
  const int opened = ::open(path, flags | O_CLOEXEC);
  if (opened < 0 || ::dup2(opened, number) < 0) fail("open /dev/null");
  if (opened != number) ::close(opened);
}

/// Timers, masks and ignored signals survive exec.
void reset_signals() {
  const itimerval none{};
  for (const int timer : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    ::setitimer(static_cast<__itimer_which>(timer), &none, nullptr);
  }
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) std::signal(number, SIG_DFL);
  }
  sigset_t nothing;
  ::sigemptyset(&nothing);
  ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
  catch_interrupts();
}

/// Lifts the limit as far as the rights allow.
void lift_limit(int which, rlim_t soft, rlim_t hard) {
  const auto resource = static_cast<__rlimit_resource>(which);
  rlimit limit{soft, hard};
  if (::setrlimit(resource, &limit) == 0 || ::getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  ::setrlimit(resource, &limit);
}

void lift_limits() {
  for (const int which : {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NPROC}) {
    lift_limit(which, RLIM_INFINITY, RLIM_INFINITY);
  }
  constexpr rlim_t kStack = 8 * 1024 * 1024;
  lift_limit(RLIMIT_STACK, kStack, RLIM_INFINITY);
  constexpr rlim_t kFiles = 1024;
  constexpr rlim_t kMostFiles = 524'288;
  lift_limit(RLIMIT_NOFILE, kFiles, kMostFiles);
}

void reset_priority() {
  ::setpriority(PRIO_PROCESS, 0, 0);
#ifdef __linux__
  const sched_param usual{};
  ::sched_setscheduler(0, SCHED_OTHER, &usual);
  cpu_set_t all;
  CPU_ZERO(&all);
  for (std::size_t number = 0; number < CPU_SETSIZE; ++number) CPU_SET(number, &all);
  ::sched_setaffinity(0, sizeof all, &all);
  constexpr int kThisProcess = 1;
  ::syscall(SYS_ioprio_set, kThisProcess, 0, 0);
  constexpr unsigned long kUsualSlack = 50'000;
  ::prctl(PR_SET_TIMERSLACK, kUsualSlack);
  // The usual score again, by which the kernel ends processes where memory is short.
  const File score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score.get() >= 0 && ::write(score.get(), "0", 1) < 0) return;
#endif
}

/// The process that works: nothing that the caller can stop, end, slow down or block is its.
[[noreturn]] void work_apart(int output, const std::function<int()>& work) {
  int status = info(Code::internal).exit_status;
  try {
    ::setsid();
    for (const int number : {SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGXCPU}) {
      std::signal(number, SIG_IGN);
    }
    lift_limits();
    reset_priority();
    ::dup2(output, STDOUT_FILENO);
    ::close(output);
    ::fcntl(STDOUT_FILENO, F_SETFL, O_WRONLY | O_NONBLOCK);
    open_at(STDIN_FILENO, "/dev/null", O_RDONLY);
    open_at(STDERR_FILENO, "/dev/null", O_WRONLY);
    status = work();
    write_last_words();
  } catch (...) {
    // Nothing more can be reported.
  }
  ::_exit(status);
}

/// Passes on what the worker writes, for as long as the caller lets us. A second request to stop
/// would end the worker in the middle of a change: it gets one.
int relay(int input, pid_t worker) {
  std::array<char, 4096> buffer{};
  bool is_told = false;
  bool is_read = true;
  while (true) {
    const ssize_t got = ::read(input, buffer.data(), buffer.size());
    if (was_interrupted() && !is_told) {
      is_told = true;
      ::kill(worker, SIGTERM);
    }
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    std::size_t done = 0;
    while (is_read && done < static_cast<std::size_t>(got)) {
      const ssize_t put =
          ::write(STDOUT_FILENO, buffer.data() + done, static_cast<std::size_t>(got) - done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno == EAGAIN) {
        // His end does not wait for a reader; one who is slow is waited for here.
        pollfd output{STDOUT_FILENO, POLLOUT, 0};
        ::poll(&output, 1, 100);
        continue;
      }
      is_read = put > 0;
      if (is_read) done += static_cast<std::size_t>(put);
    }
  }
  int status = 0;
  while (::waitpid(worker, &status, 0) < 0) {
    if (errno != EINTR) return info(Code::internal).exit_status;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : info(Code::internal).exit_status;
}

}  // namespace

int run_apart(const std::function<int()>& work) {
  drop_what_the_caller_gave();
  reset_signals();
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) fail("make a pipe");
  const pid_t worker = ::fork();
  if (worker < 0) fail("start a process");
  if (worker == 0) {
    ::close(pipe[0]);
    work_apart(pipe[1], work);
  }
  ::close(pipe[1]);
  return relay(pipe[0], worker);
}

void tell(const std::string& line, Telling telling) {
  std::string& text = pending();
  if (telling == Telling::may_be_lost && text.size() > kMostPending) return;
  text += line + "\n";
  write_some();
}

}  // namespace xppkg::cli
