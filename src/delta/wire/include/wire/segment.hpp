#pragma once

#include <array>

#include "base/stream.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

/// The numbers before the streams of a segment (DELTA §5).
struct SegmentHeader {
  std::uint64_t output = 0;                       ///< bytes of the new stream it makes
  std::array<std::uint64_t, kStreams> lengths{};  ///< of its streams on the wire
  bool is_predicted = false;                      ///< has control (all but literals) and extra only
  bool has_modelled_literals = false;             ///< its extra stream is range coded
  bool has_prefixed_literals = false;             ///< its extra stream begins with a prefix field
  bool has_moved_numbers = false;                 ///< numbers in copied text are foreseen
  bool has_moved_columns = false;                 ///< those in copied tables are
  std::uint16_t minor = kNewestMinor;             ///< of its payload

  /// The size of these numbers on the wire.
  [[nodiscard]] std::uint64_t header_size() const;
  /// The size of the whole segment on the wire.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::uint64_t length(StreamId id) const {
    return lengths[static_cast<std::size_t>(id)];
  }
};

/// Reads the header of the segment at `offset`, which may be predicted if `minor` allows. Its
/// streams lie within the payload, and it makes at least one byte and at most `output_left`. Throws
/// Error{corrupt_payload}.
SegmentHeader read_segment_header(const RandomReader& payload, std::uint64_t offset,
                                  std::uint64_t output_left, std::uint16_t minor);

}  // namespace xppkg::delta
