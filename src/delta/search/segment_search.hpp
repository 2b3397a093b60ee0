#pragma once

#include "match_index.hpp"
#include "model/predicted_segment.hpp"

namespace xppkg::delta {

struct SearchOptions {
  unsigned rounds = 2;  ///< of searching again on bytes with references replaced
};

/// For each part of a segment the operations that make it, by itself.
using PartOperations = std::vector<std::vector<Operation>>;

/// Finds them on the bytes alone, in the indexed old image. `fresh` are the bytes of the segment,
/// which are those of whole new parts; some are changed to zeros. `advanced` as in find_operations.
PartOperations match_parts(const SegmentPlace& place, const MatchIndex& index,
                           MutableByteView fresh, const std::function<void(std::size_t)>& advanced);

/// How to make a segment of the old image, better than by `matched`. Puts zeros into `fresh` where
/// a reader fills digests in. `checkpoint` is called now and then and may throw to end the call.
SegmentPlan search_segment(const SegmentPlace& place, ByteView image, PartOperations matched,
                           MutableByteView fresh, const SearchOptions& options,
                           const std::function<void()>& checkpoint);

}  // namespace xppkg::delta
