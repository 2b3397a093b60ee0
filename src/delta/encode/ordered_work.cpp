#include "ordered_work.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include "xppkg/error.hpp"

namespace xppkg::delta {

void WorkState::advance(std::uint64_t size) {
  if (stopped_) throw Error(Code::cancelled);
  done_ += size;
}

OrderedWork::OrderedWork(unsigned threads, std::uint64_t total, Observer& observer,
                         std::uint64_t done)
    : threads_(std::max(threads, 1u)), total_(total), before_(done), observer_(observer) {}

void OrderedWork::run(const Load& load, const Make& make, const Take& take) {
  try {
    for (fill(load, make); !running_.empty(); fill(load, make)) take(wait_for_first());
  } catch (...) {
    // The futures wait for their threads when they go, so let those end soon.
    state_.stop();
    running_.clear();
    throw;
  }
  report();
}

void OrderedWork::fill(const Load& load, const Make& make) {
  while (!all_loaded_ && running_.size() < threads_) {
    report();
    std::optional<Bytes> bytes = load();
    if (!bytes) {
      all_loaded_ = true;
      return;
    }
    start([this, &make, number = loaded_++, piece = std::make_shared<Bytes>(std::move(*bytes))] {
      return make(number, *piece, state_);
    });
  }
}

void OrderedWork::start(const std::function<Bytes()>& work) {
  try {
    running_.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {
    // The system has no more threads. Those that are there do; without any, this one.
    running_.push_back(std::async(std::launch::deferred, work));
    threads_ = running_.size();
  }
}

Bytes OrderedWork::wait_for_first() {
  constexpr std::chrono::milliseconds kLookEvery(50);
  while (running_.front().wait_for(kLookEvery) == std::future_status::timeout) report();
  Bytes result = running_.front().get();
  running_.pop_front();
  return result;
}

void OrderedWork::report() {
  if (observer_.cancelled()) throw Error(Code::cancelled);
  observer_.progress({Stage::diff, {}, std::min(before_ + state_.done(), total_), total_});
}

}  // namespace xppkg::delta
