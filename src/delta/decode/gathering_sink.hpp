#pragma once

#include "base/stream.hpp"

namespace xppkg::delta {

/// Passes bytes on in large pieces: a copy is often shorter than what a call to the system costs.
class GatheringSink final : public Sink {
 public:
  /// `out` must outlive this.
  explicit GatheringSink(Sink& out) : out_(out) { held_.reserve(kSize); }

  void write(ByteView bytes) override {
    if (held_.size() + bytes.size() > kSize) flush();
    if (bytes.size() >= kSize)
      out_.write(bytes);
    else
      held_.insert(held_.end(), bytes.begin(), bytes.end());
  }
  /// Passes on the held bytes. Without this call they are lost, as is right after a failure.
  void flush() {
    if (held_.empty()) return;
    out_.write(held_);
    held_.clear();
  }

 private:
  static constexpr std::size_t kSize = 64 * 1024;

  Sink& out_;
  Bytes held_;
};

}  // namespace xppkg::delta
