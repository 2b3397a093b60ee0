#pragma once

#include "base/bytes.hpp"

namespace xppkg::delta {

/// Bytes are looked at in pieces of this many.
inline constexpr std::size_t kPackedPiece = 32 * 1024;

/// Whether all values are about equally frequent in `piece`, of kPackedPiece bytes: it is
/// compressed or encrypted, and only long matches can be expected in it.
bool is_packed(ByteView piece);

}  // namespace xppkg::delta
