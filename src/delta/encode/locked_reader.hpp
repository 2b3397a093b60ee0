#pragma once

#include <mutex>

#include "base/stream.hpp"

namespace xppkg::delta {

/// Lets several threads read, one after the other.
class LockedReader final : public RandomReader {
 public:
  /// Both must outlive this. Readers that share a lock are never used at the same time.
  LockedReader(const RandomReader& reader, std::mutex& lock) : reader_(reader), lock_(lock) {}

  [[nodiscard]] std::uint64_t size() const override { return reader_.size(); }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    const std::lock_guard guard(lock_);
    reader_.read_at(offset, out);
  }

 private:
  const RandomReader& reader_;
  std::mutex& lock_;
};

}  // namespace xppkg::delta
