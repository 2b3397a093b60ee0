#pragma once

#include <optional>
#include <span>

#include "match/suffix_index.hpp"
#include "match/survey.hpp"

namespace xppkg::delta {

/// A suffix index of some ranges of an image only: matches begin in one of them, and may go on
/// beyond. Takes five times what the ranges have.
class PartialIndex final : public MatchIndex {
 public:
  /// `image` must outlive the index; `ranges` are in order. Throws as SuffixIndex does.
  PartialIndex(ByteView image, std::span<const ByteRange> ranges);

  [[nodiscard]] Match longest(ByteView wanted) const override;
  [[nodiscard]] ByteView image() const override { return image_; }

 private:
  struct Piece {
    std::size_t begin;     // in the bytes of the ranges, one after the other
    std::size_t position;  // in the image
    std::size_t size;
  };

  ByteView image_;
  std::vector<Piece> pieces_;
  Bytes bytes_;
  std::optional<SuffixIndex> index_;
};

}  // namespace xppkg::delta
