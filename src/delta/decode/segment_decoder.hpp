#pragma once

#include "wire/differences.hpp"
#include "wire/operations.hpp"
#include "wire/segment.hpp"
#include "wire/zstd_stream.hpp"

namespace xppkg::delta {

/// Decodes segments one after the other, with the same buffers.
class SegmentDecoder {
 public:
  /// The readers must outlive this. `window_log` bounds the windows of the streams.
  SegmentDecoder(const RandomReader& payload, const RandomReader& image, int window_log);

  /// Writes the output of the segment at `offset` to `out` in pieces of at most 64 KiB. Throws
  /// Error{corrupt_payload} and what the readers and `out` throw.
  void decode(std::uint64_t offset, const SegmentHeader& segment, Sink& out);

 private:
  void open_streams(std::uint64_t offset, const SegmentHeader& segment);
  void write_literal(std::uint64_t size, Sink& out);
  void write_copy(const Operation& operation, DifferenceReader& differences, Sink& out);
  [[nodiscard]] MutableByteView piece(std::uint64_t left);

  const RandomReader& image_;
  int window_log_;
  StreamReader control_;
  StreamReader gaps_;
  StreamReader words_;
  StreamReader extra_;
  Bytes buffer_;
};

}  // namespace xppkg::delta
