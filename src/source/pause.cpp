#include "source/pause.hpp"

#include <algorithm>
#include <thread>

#include "xppkg/error.hpp"

namespace xppkg::source {

void pause(std::chrono::milliseconds time, Observer& observer) {
  constexpr std::chrono::milliseconds kSlice{20};
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, kSlice));
  }
}

}  // namespace xppkg::source
