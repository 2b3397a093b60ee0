#pragma once

#include <span>
#include <vector>

#include "base/stream.hpp"

namespace xppkg::delta {

/// Parts one after the other, read as one: the old image, or the new stream of an encoder.
class JoinedReader final : public RandomReader {
 public:
  /// The readers must outlive this.
  explicit JoinedReader(std::span<const RandomReader* const> parts);

  [[nodiscard]] std::uint64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  void read_at(std::uint64_t offset, MutableByteView out) const override;

 private:
  std::vector<const RandomReader*> parts_;
  std::vector<std::uint64_t> ends_;
};

}  // namespace xppkg::delta
