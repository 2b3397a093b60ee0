#pragma once

#include <functional>
#include <span>

#include "base/bytes.hpp"
#include "wire/operations.hpp"
#include "wire/zstd_stream.hpp"

namespace xppkg::delta {

/// Old bytes by their place in the old image, and how many.
using OldBytesAt = std::function<ByteView(std::uint64_t position, std::uint64_t size)>;

/// A whole segment on the wire that makes `new_bytes` by operations on old bytes; it requests
/// copied bytes only. `options` holds for the extra stream. `advanced` is told of the extra bytes
/// that were compressed, and of none now and then, and may throw to end the call.
Bytes write_segment(std::span<const Operation> operations, const OldBytesAt& old_bytes,
                    ByteView new_bytes, const Compression& options,
                    const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
