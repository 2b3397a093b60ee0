#include "segment.hpp"

#include <algorithm>
#include <numeric>

#include "differences.hpp"

namespace xppkg::delta {
namespace {

using Streams = std::array<Bytes, kStreams>;

Bytes& stream(Streams& streams, StreamId id) {
  return streams[static_cast<std::size_t>(id)];
}

Streams split(std::span<const Operation> operations, const OldBytesAt& old_bytes,
              ByteView new_bytes) {
  Streams streams;
  DifferenceWriter differences;
  Bytes& extra = stream(streams, StreamId::extra);
  std::size_t at = 0;
  for (const Operation& operation : operations) {
    const ByteView literal = new_bytes.subspan(at, operation.literal);
    extra.insert(extra.end(), literal.begin(), literal.end());
    at += operation.literal;
    if (operation.copy == 0) continue;
    differences.add(old_bytes(operation.position, operation.copy),
                    new_bytes.subspan(at, operation.copy));
    at += operation.copy;
  }
  differences.finish();
  stream(streams, StreamId::control) = write_operations(operations);
  stream(streams, StreamId::gaps) = differences.take_gaps();
  stream(streams, StreamId::words) = differences.take_words();
  return streams;
}

}  // namespace

namespace {

void read_plain_lengths(ByteReader& reader, SegmentHeader& header) {
  for (std::uint64_t& length : header.lengths) length = reader.u64();
}

void read_predicted_lengths(ByteReader& reader, SegmentHeader& header) {
  header.is_predicted = true;
  header.output &= ~kPredictedSegment;
  const std::uint64_t model = reader.u64();
  // Before 1.6 it is a length that no payload has.
  header.has_moved_numbers = header.minor >= kMinorMovedNumbers && (model & kMovedNumbers) != 0;
  header.lengths[static_cast<std::size_t>(StreamId::control)] =
      model & ~(header.has_moved_numbers ? kMovedNumbers : 0);
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

Bytes write_segment(std::span<const Operation> operations, const OldBytesAt& old_bytes,
                    ByteView new_bytes, const Compression& options,
                    const std::function<void(std::size_t)>& advanced) {
  Streams streams = split(operations, old_bytes, new_bytes);
  ByteWriter writer;
  writer.u64(new_bytes.size());
  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto id = static_cast<StreamId>(i);
    const auto tell = [&](std::size_t size) { advanced(id == StreamId::extra ? size : 0); };
    const Compression bounded{options.level, stream_window_log(id, options.window_log)};
    streams[i] = compress(streams[i], bounded, tell);
    writer.u64(streams[i].size());
  }
  for (const Bytes& bytes : streams) writer.raw(bytes);
  return writer.take();
}

}  // namespace xppkg::delta
