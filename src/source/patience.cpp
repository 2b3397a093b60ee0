#include "source/patience.hpp"

#include <fmt/format.h>

namespace xppkg::source {

void Patience::check() {
  // A fast line brings thousands of pieces a second: the observer is asked every 20 ms.
  const auto now = std::chrono::steady_clock::now();
  if (now - asked_ < std::chrono::milliseconds(20)) return;
  asked_ = now;
  if (observer_.cancelled()) throw Error(Code::cancelled);
}

void Patience::waited(std::chrono::steady_clock::duration time, std::uint64_t bytes) {
  check();
  waited_ += time;
  bytes_ += bytes;
  if (bytes_ >= kLeast) {
    waited_ = {};
    bytes_ = 0;
  }
  if (waited_ < limit_) return;
  const double seconds = std::chrono::duration<double>(limit_).count();
  throw Error(stalled_,
              {{"cause", bytes_ == 0 ? fmt::format("no bytes for {} s", seconds)
                                     : fmt::format("only {} bytes in {} s", bytes_, seconds)}});
}

}  // namespace xppkg::source
