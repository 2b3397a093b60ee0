#pragma once

#include "delta/payload.hpp"

namespace xppkg::delta {

/// What a decoder accepts from a header that a stranger may have written.
struct DecodeLimits {
  std::uint64_t memory = 256ull * 1024 * 1024;  ///< refuses headers that ask for more
  std::uint64_t output = 1ull << 40;            ///< bytes of the new stream
  std::uint32_t parts = 1'000'000;              ///< old, and new
};

/// Takes the new parts in the order of the header: for each one `begin`, its bytes, `end`.
class PartSink : public Sink {
 public:
  /// The bytes that follow, up to `end`, are those of `part`.
  virtual void begin(const Part& part) = 0;
  /// The part is complete: as many bytes were written as it says.
  virtual void end() = 0;
};

/// Reads a payload (DELTA §8). The reader must outlive the decoder. Not for use from two threads at
/// once. Every length and operation is checked before it is used; hostile data gives
/// Error{corrupt_payload, unsupported_format, limit_exceeded} within bounded time and memory.
class Decoder {
 public:
  /// Reads and checks the header.
  explicit Decoder(const RandomReader& payload, const DecodeLimits& limits = {});

  /// What the payload says of itself: the old parts that `decode` needs. Lives as long as this.
  [[nodiscard]] const Header& header() const { return header_; }

  /// The sizes on the wire of the header and of each segment, in order: what can be fetched and
  /// decoded on its own. They add up to the payload. Throws Error{corrupt_payload}.
  [[nodiscard]] std::vector<std::uint64_t> pieces() const;

  /// Decodes everything. `old_parts` are the readers of header().old_parts in that order; a wrong
  /// count or size is Error{mismatch_base}. What was written to `out` before a failure is garbage.
  void decode(std::span<const RandomReader* const> old_parts, PartSink& out, Observer& observer);

 private:
  const RandomReader& payload_;
  Header header_;
  std::uint64_t header_size_ = 0;
};

}  // namespace xppkg::delta
