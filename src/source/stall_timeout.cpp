#include "source/stall_timeout.hpp"

#include <fmt/format.h>

#include <utility>

namespace xppkg::source {

void StallTimeout::check() {
  // A fast line brings thousands of pieces a second: the observer is asked every 20 ms.
  const auto now = std::chrono::steady_clock::now();
  if (now - asked_ < std::chrono::milliseconds(20)) return;
  asked_ = now;
  if (observer_.cancelled()) throw Error(Code::cancelled);
}

void StallTimeout::begin_window() {
  window_ = {};
  bytes_ = 0;
}

void StallTimeout::answered() {
  stalled_ = Code::transport_truncated;
  begin_window();
}

void StallTimeout::give_up(std::string cause) {
  is_over_ = true;
  throw Error(stalled_, {{"cause", std::move(cause)}});
}

void StallTimeout::waited(std::chrono::steady_clock::duration time, std::uint64_t bytes) {
  check();
  silent_ = bytes > 0 ? std::chrono::steady_clock::duration{} : silent_ + time;
  window_ += time;
  bytes_ += bytes;
  const double seconds = std::chrono::duration<double>(limit_).count();
  if (silent_ >= limit_) give_up(fmt::format("no bytes for {} s", seconds));
  if (window_ < limit_) return;
  if (static_cast<double>(bytes_) < seconds * static_cast<double>(kLeastRate)) {
    give_up(fmt::format("only {} bytes in {} s", bytes_, seconds));
  }
  begin_window();
}

}  // namespace xppkg::source
