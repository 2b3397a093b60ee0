#pragma once

#include <functional>

#include "delta/decoder.hpp"

namespace xppkg::delta {

/// Gives the bytes of one segment on the wire, by its number from 0 on.
using SegmentReader = std::function<Bytes(std::size_t number)>;

/// Makes chosen new parts out of a full package of which only the header and the segments that hold
/// them are at hand. Never has more than one segment in memory. Not for use from two threads at
/// once. Hostile data gives Error{corrupt_payload, unsupported_format, limit_exceeded} within
/// bounded time and memory, as in Decoder.
class PartsDecoder {
 public:
  /// Which of header().new_parts are wanted, by their place there.
  using Choice = std::vector<bool>;

  /// Reads and checks the header, which has to be all of `header`, of a full package.
  explicit PartsDecoder(ByteView header, const DecodeLimits& limits = {});

  [[nodiscard]] const Header& header() const { return header_; }
  /// The number of segments that the package has: one for each kBlockSize bytes of the new stream.
  [[nodiscard]] std::size_t segments() const;
  /// The segments that hold bytes of the chosen parts, ascending.
  [[nodiscard]] std::vector<std::size_t> segments_of(const Choice& choice) const;

  /// Decodes the chosen parts in the order of the header, and asks for each segment that holds some
  /// of them once. A segment that makes another piece of the new stream than its number says is
  /// Error{corrupt_payload}. Bytes written to `out` before a failure are garbage.
  void decode(const Choice& choice, const SegmentReader& read, PartSink& out,
              Observer& observer) const;

 private:
  [[nodiscard]] std::uint64_t output_of(std::size_t segment) const;

  Header header_;
  std::uint64_t total_ = 0;
};

}  // namespace xppkg::delta
