#pragma once

#include "model/predicted_segment.hpp"
#include "zstd_stream.hpp"

namespace xppkg::delta {

/// A whole predicted segment on the wire that makes `fresh`, in which page digests that the reader
/// fills are zeros. `options` holds for literals in zstd.
/// Throws what the readers of `place` and `advanced` throw.
Bytes write_predicted_segment(const SegmentPlace& place, const SegmentPlan& plan, ByteView fresh,
                              const Compression& options,
                              const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
