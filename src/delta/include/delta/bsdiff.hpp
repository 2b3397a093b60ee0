#pragma once

#include <span>

#include "delta/decoder.hpp"

namespace xppkg::delta {

// The classic patch of one file, "BSDIFF40" of bsdiff 4.x by Colin Percival. It says nothing of the
// old file but where its bytes are used, and has no digest of the new one: a caller who needs to
// know that the result is right has to compare it with something. Its form and what is refused:
// manifests/DELTA.md §13.

/// The header of such a patch; all in bytes.
struct BsdiffHeader {
  std::uint64_t control_size = 0;     ///< of the compressed control stream
  std::uint64_t difference_size = 0;  ///< of the compressed difference stream
  std::uint64_t extra_size = 0;       ///< what is left of the patch
  std::uint64_t output = 0;           ///< of the new file
};

/// True if the bytes begin as such a patch does.
bool is_bsdiff(const RandomReader& patch);

/// Reads and checks the header. Throws Error{corrupt_payload, limit_exceeded}.
BsdiffHeader read_bsdiff_header(const RandomReader& patch, const DecodeLimits& limits = {});

/// Writes the new file to `out`, piece by piece. Takes 16 MiB at most, whatever the sizes. Hostile
/// data gives Error{corrupt_payload, limit_exceeded}; bytes written before a failure are garbage. A
/// patch for another old file of any size is not noticed. Throws Error{cancelled} and what the
/// readers and the sink throw.
void apply_bsdiff(const RandomReader& patch, const RandomReader& old_file, Sink& out,
                  const DecodeLimits& limits, Observer& observer);

/// Writes a patch that bspatch 4.3 reads. Identical input gives identical bytes for the same
/// libbz2. Takes five times the old file (bytes beyond 1 GiB are not used), the new file, and the
/// patch. Throws Error{cancelled} and what the readers and the sink throw.
void encode_bsdiff(const RandomReader& old_file, const RandomReader& new_file, Sink& out,
                   Observer& observer);

}  // namespace xppkg::delta
