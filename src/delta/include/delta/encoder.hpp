#pragma once

#include "delta/payload.hpp"

namespace xppkg::delta {

/// A part with its bytes, which are read while encoding and must outlive the call.
struct Input {
  std::uint32_t file = 0;
  const RandomReader* bytes = nullptr;
};

struct EncodeOptions {
  int level = 19;  ///< of zstd
  unsigned threads = 2;
};

/// What was written, so that the publisher can cut it into blocks that can be decoded alone.
struct Encoded {
  std::uint64_t size = 0;
  std::uint64_t header_size = 0;
  std::vector<std::uint64_t> segment_sizes;  ///< on the wire, in order; they follow the header
};

/// Writes a delta that turns the old parts into the new ones. Identical input gives identical
/// bytes. Throws Error{cancelled} and what the readers and the sink throw.
Encoded encode_delta(const Blake2b& base_tree, std::span<const Input> old_parts,
                     const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                     const EncodeOptions& options, Observer& observer);

/// Writes a full package: the same format with no old parts, one segment for each kBlockSize bytes
/// of the new stream.
Encoded encode_full(const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                    const EncodeOptions& options, Observer& observer);

}  // namespace xppkg::delta
