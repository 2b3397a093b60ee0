#include "delta/outline.hpp"

#include "wire/format.hpp"
#include "wire/header.hpp"
#include "wire/segment.hpp"

namespace xppkg::delta {
namespace {

constexpr std::array<const char*, kStreams> kStreamNames{"control", "gaps", "words", "extra"};

OutlinedSegment outline(const SegmentHeader& segment) {
  OutlinedSegment found{segment.output, segment.size(), segment.is_predicted, {}};
  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto id = static_cast<StreamId>(i);
    if (segment.is_predicted && (id == StreamId::gaps || id == StreamId::words)) continue;
    found.streams.push_back({kStreamNames[i], segment.lengths[i]});
  }
  return found;
}

/// The header was read already.
void read_version(const RandomReader& payload, Outline& outline) {
  std::array<std::uint8_t, 4> bytes{};
  payload.read_at(kMagic.size(), bytes);
  ByteReader in(bytes);
  outline.major = in.u16();
  outline.minor = in.u16();
}

}  // namespace

Outline read_outline(const RandomReader& payload, const DecodeLimits& limits) {
  Outline found;
  ReadHeader read = read_header(payload, limits);
  read_version(payload, found);
  found.header = std::move(read.header);
  found.header_size = read.size;
  std::uint64_t offset = read.size;
  for (std::uint64_t left = total_size(found.header.new_parts); left > 0;) {
    const SegmentHeader segment = read_segment_header(payload, offset, left, found.minor);
    found.segments.push_back(outline(segment));
    offset += segment.size();
    left -= segment.output;
  }
  if (offset != payload.size()) corrupt("bytes after the last segment", offset);
  return found;
}

}  // namespace xppkg::delta
