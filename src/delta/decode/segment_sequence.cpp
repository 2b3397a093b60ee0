#include "segment_sequence.hpp"

#include "wire/format.hpp"
#include "wire/header.hpp"

namespace xppkg::delta {

SegmentSequence::SegmentSequence(const RandomReader& payload, const Header& header,
                                 std::uint64_t offset)
    : payload_(payload),
      minor_(header.minor),
      total_(total_size(header.new_parts)),
      predicted_left_(kFreePredictedSegments + total_ / kOutputPerPredictedSegment),
      offset_(offset) {}

std::optional<PlacedSegment> SegmentSequence::next() {
  if (begin_ == total_) {
    if (offset_ != payload_.size()) corrupt("bytes after the last segment", offset_);
    return std::nullopt;
  }
  const PlacedSegment found{read_segment_header(payload_, offset_, total_ - begin_, minor_),
                            offset_, begin_};
  if (found.header.is_predicted && predicted_left_-- == 0) {
    corrupt("too many predicted segments", offset_);
  }
  offset_ += found.header.size();
  begin_ += found.header.output;
  return found;
}

}  // namespace xppkg::delta
