#pragma once

#include "model/segment_place.hpp"
#include "model/segment_plan.hpp"
#include "wire/literal_prefix.hpp"
#include "wire/zstd_stream.hpp"

namespace xppkg::delta {

/// A whole predicted segment on the wire that makes `new_bytes`, in which page digests that the
/// reader fills are zeros. `options` holds for literals in zstd. Throws what the readers of `place`
/// and `advanced` throw.
Bytes write_predicted_segment(const SegmentPlace& place, const SegmentPlan& plan,
                              ByteView new_bytes, const Compression& options,
                              const std::function<void(std::size_t)>& advanced);

/// `segment`, which was written so, with its literals in a frame that has `prefix_bytes` before it;
/// nothing if that is not shorter.
std::optional<Bytes> with_prefixed_literals(ByteView segment, const SegmentPlan& plan,
                                            ByteView new_bytes, const LiteralPrefix& prefix,
                                            ByteView prefix_bytes, const Compression& options,
                                            const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
