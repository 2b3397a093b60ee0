#pragma once

#include "base/stream.hpp"
#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::delta {

/// Reports progress and asks for cancellation on the way of the bytes to the parts.
class WatchedSink final : public Sink {
 public:
  WatchedSink(Sink& out, std::uint64_t total, Observer& observer)
      : out_(out), total_(total), observer_(observer) {
    report();
  }

  void write(ByteView bytes) override {
    out_.write(bytes);
    done_ += bytes.size();
    if (done_ - reported_ >= kReportEvery || done_ == total_) report();
  }

 private:
  static constexpr std::uint64_t kReportEvery = 2 * 1024 * 1024;

  void report() {
    if (observer_.cancelled()) throw Error(Code::cancelled);
    observer_.progress({Stage::prepare, {}, done_, total_});
    reported_ = done_;
  }

  Sink& out_;
  std::uint64_t total_;
  Observer& observer_;
  std::uint64_t done_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace xppkg::delta
