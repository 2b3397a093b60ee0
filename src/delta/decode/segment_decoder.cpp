#include "segment_decoder.hpp"

#include <algorithm>

#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

SegmentDecoder::SegmentDecoder(const RandomReader& payload, const RandomReader& image,
                               int window_log)
    : image_(image),
      window_log_(window_log),
      control_(payload),
      gaps_(payload),
      words_(payload),
      extra_(payload),
      buffer_(kPiece) {}

void SegmentDecoder::decode(std::uint64_t offset, const SegmentHeader& segment, Sink& out) {
  open_streams(offset, segment);
  // DELTA §8.8 to 8.10
  OperationReader operations(control_, segment.output, image_.size(), offset);
  DifferenceReader differences(gaps_, words_, offset);
  while (const auto operation = operations.next()) {
    write_literal(operation->literal, out);
    write_copy(*operation, differences, out);
  }
  differences.finish();
  extra_.finish();
}

// DELTA §8.7
void SegmentDecoder::open_streams(std::uint64_t offset, const SegmentHeader& segment) {
  offset += kSegmentHeaderSize;
  const auto open = [&](StreamId id, StreamReader& stream) {
    stream.open(offset, segment.length(id), stream_window_log(id, window_log_));
    offset += segment.length(id);
  };
  open(StreamId::control, control_);
  open(StreamId::gaps, gaps_);
  open(StreamId::words, words_);
  open(StreamId::extra, extra_);
}

void SegmentDecoder::write_literal(std::uint64_t size, Sink& out) {
  for (std::uint64_t left = size; left > 0;) {
    const MutableByteView bytes = piece(left);
    extra_.read(bytes);
    out.write(bytes);
    left -= bytes.size();
  }
}

void SegmentDecoder::write_copy(const Operation& operation, DifferenceReader& differences,
                                Sink& out) {
  std::uint64_t position = operation.position;
  for (std::uint64_t left = operation.copy; left > 0;) {
    const MutableByteView bytes = piece(left);
    image_.read_at(position, bytes);
    differences.apply(bytes);
    out.write(bytes);
    position += bytes.size();
    left -= bytes.size();
  }
}

MutableByteView SegmentDecoder::piece(std::uint64_t left) {
  return MutableByteView(buffer_).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size())));
}

}  // namespace xppkg::delta
