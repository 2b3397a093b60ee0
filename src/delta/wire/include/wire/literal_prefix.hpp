#pragma once

#include "base/stream.hpp"

namespace xppkg::delta {

/// Old bytes that the frame of literals may refer to as if they stood before it (DELTA §5.3):
/// literals are new, but mostly made of old pieces.
struct LiteralPrefix {
  std::uint64_t begin = 0;  ///< in the old image
  std::uint64_t size = 0;   ///< 1 to kMaxPrefix
};

/// Reads the field at `offset`, where an extra stream of `length` bytes begins. Throws
/// Error{corrupt_payload} if it goes past that or the old image.
LiteralPrefix read_literal_prefix(const RandomReader& payload, std::uint64_t offset,
                                  std::uint64_t length, std::uint64_t image_size);

void write_literal_prefix(ByteWriter& writer, const LiteralPrefix& prefix);

}  // namespace xppkg::delta
