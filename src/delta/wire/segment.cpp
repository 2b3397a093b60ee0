#include "wire/segment.hpp"

#include <algorithm>
#include <numeric>

namespace xppkg::delta {
namespace {

void read_plain_lengths(ByteReader& reader, SegmentHeader& header) {
  for (std::uint64_t& length : header.lengths) length = reader.u64();
}

void read_predicted_lengths(ByteReader& reader, SegmentHeader& header) {
  header.is_predicted = true;
  header.output &= ~kPredictedSegment;
  const std::uint64_t model = reader.u64();
  // Before 1.6 it is a length that no payload has.
  const std::uint64_t flags = header.minor >= kMinorMovedNumbers ? kModelFlags : 0;
  header.has_moved_numbers = (model & flags & kMovedNumbers) != 0;
  header.has_moved_columns = (model & flags & kMovedColumns) != 0;
  header.lengths[static_cast<std::size_t>(StreamId::control)] = model & ~flags;
  const std::uint64_t extra = reader.u64();
  header.has_modelled_literals = (extra & kModelledLiterals) != 0;
  // Before 1.3 it is a length that no payload has.
  header.has_prefixed_literals =
      header.minor >= kMinorLeanModels && (extra & kPrefixedLiterals) != 0;
  header.lengths[static_cast<std::size_t>(StreamId::extra)] =
      extra & ~kModelledLiterals & ~(header.has_prefixed_literals ? kPrefixedLiterals : 0);
}

}  // namespace

SegmentHeader read_segment_header(const RandomReader& payload, std::uint64_t offset,
                                  std::uint64_t output_left, std::uint16_t minor) {
  std::array<std::uint8_t, kSegmentHeaderSize> bytes{};
  const std::uint64_t held = std::min<std::uint64_t>(bytes.size(), payload.size() - offset);
  if (held < kPredictedHeaderSize) corrupt("the payload ends too early", offset);
  payload.read_at(offset, MutableByteView(bytes).first(static_cast<std::size_t>(held)));
  ByteReader reader(bytes);
  SegmentHeader header;
  header.minor = minor;
  header.output = reader.u64();
  const bool is_predicted =
      minor >= kMinorPredictedCopies && (header.output & kPredictedSegment) != 0;
  if (!is_predicted && held < kSegmentHeaderSize) corrupt("the payload ends too early", offset);
  (is_predicted ? read_predicted_lengths : read_plain_lengths)(reader, header);
  if (header.has_modelled_literals && header.has_prefixed_literals) {
    corrupt("literals that are modelled and have a prefix", offset);
  }
  if (header.has_moved_numbers && header.has_moved_columns) {
    corrupt("numbers that moved both in texts and in tables", offset);
  }
  if (header.output == 0 || header.output > output_left) {
    corrupt("the output of a segment is not what is left to make", offset);
  }
  std::uint64_t left = payload.size() - offset - header.header_size();
  for (const std::uint64_t length : header.lengths) {
    if (length > left) corrupt("a stream past the end of the payload", offset);
    left -= length;
  }
  return header;
}

std::uint64_t SegmentHeader::header_size() const {
  return is_predicted ? kPredictedHeaderSize : kSegmentHeaderSize;
}

std::uint64_t SegmentHeader::size() const {
  return std::accumulate(lengths.begin(), lengths.end(), header_size());
}

}  // namespace xppkg::delta
