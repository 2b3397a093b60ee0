#include "match/partial_index.hpp"

#include <algorithm>

namespace xppkg::delta {

PartialIndex::PartialIndex(ByteView image, std::span<const ByteRange> ranges) : image_(image) {
  std::size_t size = 0;
  for (const ByteRange& range : ranges) {
    const auto position = static_cast<std::size_t>(range.begin);
    const auto length = static_cast<std::size_t>(range.end - range.begin);
    pieces_.push_back({size, position, length});
    size += length;
  }
  if (size == image.size()) {
    index_.emplace(image);
    return;
  }
  bytes_.reserve(size);
  for (const Piece& piece : pieces_) {
    const ByteView from = image.subspan(piece.position, piece.size);
    bytes_.insert(bytes_.end(), from.begin(), from.end());
  }
  index_.emplace(bytes_);
}

Match PartialIndex::longest(ByteView wanted) const {
  Match match = index_->longest(wanted);
  if (match.length == 0 || bytes_.empty()) return match;
  const auto after = std::ranges::upper_bound(pieces_, match.position, {}, &Piece::begin);
  const Piece& piece = *(after - 1);
  const std::size_t left = piece.begin + piece.size - match.position;
  match.position = match.position - piece.begin + piece.position;
  if (match.length < left) return match;
  const std::size_t beyond = match.position + left;
  match.length = left + common_length(image_.subspan(beyond), wanted.subspan(left));
  return match;
}

}  // namespace xppkg::delta
