#pragma once

#include "delta/payload.hpp"

namespace xppkg::delta {

/// Limits of a decoder for a header that a stranger may have written.
struct DecodeLimits {
  /// Bytes: refuses headers that ask for more, and bounds what several threads take together.
  std::uint64_t memory = 256ull * 1024 * 1024;
  std::uint64_t output = 1ull << 40;  ///< bytes of the new stream
  std::uint32_t parts = 1'000'000;    ///< old, and new
};

/// Takes the new parts in the order of the header: for each one `begin`, its bytes, `end`.
class PartSink : public Sink {
 public:
  /// The bytes that follow, up to `end`, are those of `part`.
  virtual void begin(const Part& part) = 0;
  /// The part is complete: as many bytes were written as it says.
  virtual void end() = 0;
};

/// How many threads decode where nobody says: one for each core, four at most.
[[nodiscard]] unsigned usual_decode_threads();

/// Reads a payload (DELTA §8). The reader must outlive the decoder. Not for use from two threads at
/// once. Every length and operation is checked before it is used; hostile data gives
/// Error{corrupt_payload, unsupported_format, limit_exceeded} within bounded time and memory.
class Decoder {
 public:
  /// Reads and checks the header.
  explicit Decoder(const RandomReader& payload, const DecodeLimits& limits = {});

  /// The payload's header: the old parts that `decode` needs. Lives as long as this.
  [[nodiscard]] const Header& header() const { return header_; }

  /// The sizes on the wire of the header and of each segment, in order: the units that can be
  /// fetched and decoded alone. They add up to the payload. Throws Error{corrupt_payload}.
  [[nodiscard]] std::vector<std::uint64_t> pieces() const;

  /// Decodes everything. `old_parts` are the readers of header().old_parts in that order; a wrong
  /// count or size is Error{mismatch_base}. Bytes written to `out` before a failure are garbage.
  ///
  /// Up to `threads` segments are decoded at the same time, each in a thread, while this one
  /// writes; with 1 this thread does it all. `out` and `observer` are used on this thread only,
  /// payload and old parts by several at once. Output and errors are the same with any number, and
  /// all threads have ended on return. Each takes header().memory, and at least 4 and at most 32
  /// MiB for output that is not yet written. No more work than fit the limit of memory together;
  /// where two do not, or there is one segment only, this thread does it all.
  void decode(std::span<const RandomReader* const> old_parts, PartSink& out, Observer& observer,
              unsigned threads = 1);

 private:
  const RandomReader& payload_;
  std::uint64_t memory_limit_;
  Header header_;
  std::uint64_t header_size_ = 0;
};

}  // namespace xppkg::delta
