#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::source {

/// Decides how long one exchange with a server may wait. It asks the observer now and then, and
/// gives up after a whole `limit` of waiting without a byte, or with fewer than kLeastRate bytes a
/// second: a server that sends a little now and then counts as silent. Time spent on the disk does
/// not count.
class StallTimeout {
 public:
  /// Bytes a second, over each `limit` of waiting.
  static constexpr std::uint64_t kLeastRate = 1000;

  StallTimeout(std::chrono::milliseconds limit, Observer& observer)
      : limit_(limit), observer_(observer) {}

  [[nodiscard]] std::chrono::milliseconds limit() const { return limit_; }

  /// Throws Error{cancelled} if the observer wants that.
  void check();
  /// Reports that `time` was spent waiting and `bytes` came. Throws as `check`, and an Error of the
  /// code for this part of the exchange with the fact "cause" when it is over.
  void waited(std::chrono::steady_clock::duration time, std::uint64_t bytes);
  /// The header has come: from now on a stall is a body cut short, and the rate counts.
  void answered();
  /// True after it gave up.
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  void begin_window();
  [[noreturn]] void give_up(std::string cause);

  std::chrono::milliseconds limit_;
  Observer& observer_;
  Code stalled_ = Code::transport_unreachable;
  std::chrono::steady_clock::duration silent_{};  // since the last byte
  std::chrono::steady_clock::duration window_{};
  std::uint64_t bytes_ = 0;  // in the window
  bool is_over_ = false;
  std::chrono::steady_clock::time_point asked_{};
};

}  // namespace xppkg::source
