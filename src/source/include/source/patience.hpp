#pragma once

#include <chrono>
#include <cstdint>

#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::source {

/// Decides how long one exchange with a server may wait. It asks the observer now and then, and
/// gives up when fewer than kLeast bytes came in a whole `limit` of waiting, so that a server that
/// sends a byte now and then is as good as silent. Time spent on the disk does not count.
class Patience {
 public:
  static constexpr std::uint64_t kLeast = 1024;

  Patience(std::chrono::milliseconds limit, Observer& observer)
      : limit_(limit), observer_(observer) {}

  [[nodiscard]] std::chrono::milliseconds limit() const { return limit_; }

  /// Throws Error{cancelled} if the observer wants that.
  void check();
  /// Reports that `time` was spent waiting and `bytes` came. Throws as `check`, and an Error of the
  /// code for this part of the exchange with the fact "cause" when the limit is reached.
  void waited(std::chrono::steady_clock::duration time, std::uint64_t bytes);
  /// The header has come: from now on a stall is a body cut short.
  void answered() { stalled_ = Code::transport_truncated; }

 private:
  std::chrono::milliseconds limit_;
  Observer& observer_;
  Code stalled_ = Code::transport_unreachable;
  std::chrono::steady_clock::duration waited_{};
  std::uint64_t bytes_ = 0;
  std::chrono::steady_clock::time_point asked_{};
};

}  // namespace xppkg::source
