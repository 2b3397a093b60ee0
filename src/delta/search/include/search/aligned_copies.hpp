#pragma once

#include <optional>

#include "model/segment_place.hpp"
#include "search/segment_search.hpp"

namespace xppkg::delta {

/// Operations that copy whole parts from their place in an old part where hardly a byte is equal,
/// but the differences repeat: tables of numbers that all have moved or grown. Other parts keep
/// what was matched. Empty where there is no such part. `image` is the old parts as one.
std::optional<PartOperations> align_parts(const SegmentPlace& place, ByteView image,
                                          const PartOperations& matched, ByteView new_bytes);

}  // namespace xppkg::delta
