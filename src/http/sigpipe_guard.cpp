#include "sigpipe_guard.hpp"

// macOS has SO_NOSIGPIPE, which Poco sets; Windows has no such signal.
#ifdef __linux__
#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace xppkg::http {
namespace {

sigset_t only_broken_pipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

SigpipeGuard::SigpipeGuard() {
  sigset_t pending;
  sigpending(&pending);
  if (sigismember(&pending, SIGPIPE) == 1) return;  // blocked and pending already: not ours
  const sigset_t mine = only_broken_pipe();
  sigset_t before;
  if (pthread_sigmask(SIG_BLOCK, &mine, &before) != 0) return;
  blocked_here_ = sigismember(&before, SIGPIPE) == 0;
}

SigpipeGuard::~SigpipeGuard() {
  if (!blocked_here_) return;
  const sigset_t mine = only_broken_pipe();
  const timespec now{};
  while (sigtimedwait(&mine, nullptr, &now) > 0) {
  }
  pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
}

}  // namespace xppkg::http
#else
namespace xppkg::http {
SigpipeGuard::SigpipeGuard() = default;
SigpipeGuard::~SigpipeGuard() = default;
}  // namespace xppkg::http
#endif
