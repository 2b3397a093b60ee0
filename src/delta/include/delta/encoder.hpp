#pragma once

#include "delta/payload.hpp"

namespace xppkg::delta {

/// A part with its bytes, which are read while encoding and must outlive the call.
struct Input {
  std::uint32_t file = 0;
  const RandomReader* bytes = nullptr;
  /// Of an old part: the header need not list it if nothing is copied from it. A file that changes
  /// is better listed: a decoder notices then if somebody changed it before.
  bool is_spare = false;
};

enum class Effort {
  fast,  ///< searches the old bytes once, by hashes: in less than half of the time
  best,  ///< searches programs again, with references replaced by what they name: much smaller
};

struct EncodeOptions {
  int level = 19;        ///< of zstd
  unsigned threads = 2;  ///< that work at the same time; 0 counts as 1
  Effort effort = Effort::best;
  /// Bytes that a delta may take to be made, beside itself; 0: as many as it takes. Has no effect
  /// on full packages.
  std::uint64_t memory = 0;
};

/// The layout of the payload, so that the publisher can cut it into blocks that can be decoded
/// alone.
struct Encoded {
  std::uint64_t size = 0;
  std::uint64_t header_size = 0;
  std::vector<std::uint64_t> segment_sizes;  ///< on the wire, in order; they follow the header
};

/// Writes a delta that turns the old parts into the new ones. Identical input gives identical
/// bytes, whatever the threads. Each file may be given once, and the base tree may be zero only if
/// there are no old parts (else Error{usage_invalid}). Old parts are in memory as long as they have
/// 1 GiB together; others are read at random, and serve new parts of more than 512 MiB, or all
/// where no old part is in memory. The header leaves out spare old parts that are of no use. Takes
/// six times the old parts in memory at most, and then those and for each thread about nine times
/// its segment: 32 MiB, or one larger part of up to 512 MiB; segments of larger parts have 64 MiB.
/// Where that is above `options.memory`, fewer threads work, and then no old part is in memory and
/// nothing is predicted: Error{usage_invalid} if that is too much too. The delta is in memory until
/// it is written, unless nothing in it is predicted. Readers are used by one thread at a time; sink
/// and observer on the calling thread only. Throws Error{cancelled} and what the readers and the
/// sink throw.
Encoded encode_delta(const Blake2b& base_tree, std::span<const Input> old_parts,
                     const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                     const EncodeOptions& options, Observer& observer);

/// Writes a full package: the same format with no old parts, one segment for each kBlockSize bytes
/// of the new stream. Errors and threads as above.
Encoded encode_full(const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                    const EncodeOptions& options, Observer& observer);

}  // namespace xppkg::delta
