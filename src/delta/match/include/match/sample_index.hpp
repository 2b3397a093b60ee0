#pragma once

#include "match/match_index.hpp"
#include "match/sample_table.hpp"

namespace xppkg::delta {

/// Finds long matches fast, though not always the longest: only those with a sample at their
/// beginning. A search that goes on byte by byte meets each sample.
class SampleIndex final : public MatchIndex {
 public:
  /// `image` must outlive the index.
  SampleIndex(ByteView image, const Sampling& sampling);

  [[nodiscard]] Match longest(ByteView wanted) const override;
  [[nodiscard]] ByteView image() const override { return image_; }

 private:
  ByteView image_;
  SampleTable table_;
};

}  // namespace xppkg::delta
