#pragma once

namespace xppkg::http {

/// Holds back the signal that Linux sends for writing to a connection that the other side has
/// closed, in this thread, for as long as it lives. Poco and OpenSSL write without asking not to be
/// signalled, and a library must not end its program for that.
class SigpipeGuard {
 public:
  SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;
  ~SigpipeGuard();

 private:
  bool blocked_here_ = false;
};

}  // namespace xppkg::http
