#include "fs/settled_call.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>
#include <optional>

namespace xppkg::fs {
namespace {

/// Holds the numbers of closed standard streams as long as any call does.
class ClosedStreams {
 public:
  void begin() {
    const std::lock_guard guard(mutex_);
    if (calls_++ == 0) hold();
  }
  void end() {
    const std::lock_guard guard(mutex_);
    if (--calls_ == 0) release();
  }

 private:
  static constexpr std::array kStreams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

  void hold() {
    for (const int stream : kStreams) {
      if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
      const int number = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      struct stat raw {};
      // Another thread may have been faster.
      if (number == stream && ::fstat(number, &raw) == 0) {
        held_[static_cast<std::size_t>(stream)] = raw;
      } else if (number >= 0) {
        ::close(number);
      }
    }
  }

  // One that the application has opened meanwhile is its own.
  void release() {
    for (const int stream : kStreams) {
      auto& held = held_[static_cast<std::size_t>(stream)];
      struct stat raw {};
      if (held && ::fstat(stream, &raw) == 0 && raw.st_dev == held->st_dev &&
          raw.st_ino == held->st_ino) {
        ::close(stream);
      }
      held.reset();
    }
  }

  std::mutex mutex_;
  int calls_ = 0;
  std::array<std::optional<struct stat>, kStreams.size()> held_{};
};

ClosedStreams& closed_streams() {
  static ClosedStreams streams;
  return streams;
}

/// Blocks signals of this thread. One that came meanwhile is gone at the end.
class BlockedSignals {
 public:
  BlockedSignals() {
    ::sigemptyset(&blocked_);
    sigset_t pending;
    ::sigpending(&pending);
    for (const int number : {SIGPIPE, SIGXFSZ}) {
      // One that waits already is not ours to take.
      if (::sigismember(&pending, number) == 0) ::sigaddset(&blocked_, number);
    }
    is_blocked_ = ::pthread_sigmask(SIG_BLOCK, &blocked_, &before_) == 0;
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() {
    if (!is_blocked_) return;
#ifdef __APPLE__
    sigset_t pending;
    int taken = 0;
    while (::sigpending(&pending) == 0 && is_any_of(pending)) ::sigwait(&blocked_, &taken);
#else
    constexpr timespec kNow{};
    while (::sigtimedwait(&blocked_, nullptr, &kNow) > 0 || errno == EINTR) {
    }
#endif
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
#ifdef __APPLE__
  [[nodiscard]] bool is_any_of(const sigset_t& pending) const {
    for (const int number : {SIGPIPE, SIGXFSZ}) {
      if (::sigismember(&blocked_, number) == 1 && ::sigismember(&pending, number) == 1)
        return true;
    }
    return false;
  }
#endif

  sigset_t blocked_{};
  sigset_t before_{};
  bool is_blocked_ = false;
};

}  // namespace

struct SettledCall::State {
  State() { closed_streams().begin(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { closed_streams().end(); }

  BlockedSignals signals;
};

SettledCall::SettledCall() : state_(std::make_unique<State>()) {}
SettledCall::~SettledCall() = default;

}  // namespace xppkg::fs
