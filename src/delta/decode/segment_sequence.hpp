#pragma once

#include <optional>

#include "delta/payload.hpp"
#include "wire/segment.hpp"

namespace xppkg::delta {

/// A segment and where it is.
struct PlacedSegment {
  SegmentHeader header;
  std::uint64_t offset = 0;  ///< in the payload
  std::uint64_t begin = 0;   ///< of what it makes, in the new stream
};

/// Finds the segments of a payload by their headers, in order.
class SegmentSequence {
 public:
  /// The segments begin at `offset` of the payload, which must outlive this.
  SegmentSequence(const RandomReader& payload, const Header& header, std::uint64_t offset);

  /// The next one, or nothing after the last, where the payload has to end (DELTA
  /// §8.6, 8.11, 8.13). Throws Error{corrupt_payload} and what the reader throws.
  [[nodiscard]] std::optional<PlacedSegment> next();

 private:
  const RandomReader& payload_;
  std::uint16_t minor_;
  std::uint64_t total_;
  std::uint64_t predicted_left_;
  std::uint64_t offset_;
  std::uint64_t begin_ = 0;
};

}  // namespace xppkg::delta
