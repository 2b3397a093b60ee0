#pragma once

#include "model/segment_place.hpp"
#include "wire/segment.hpp"

namespace xppkg::delta {

/// Makes one predicted segment (DELTA §8): `segment` lies at `offset` of the payload. `memory` is
/// the bound of the header. Throws Error{corrupt_payload, limit_exceeded} and what readers and sink
/// throw.
void read_predicted_segment(const RandomReader& payload, std::uint64_t offset,
                            const SegmentHeader& segment, const SegmentPlace& place,
                            std::uint64_t memory, Sink& out);

}  // namespace xppkg::delta
