#pragma once

#include "model/predicted_segment.hpp"
#include "suffix_index.hpp"

namespace xppkg::delta {

struct SearchOptions {
  unsigned rounds = 2;  ///< of searching again on bytes with references replaced
};

/// How to make the bytes of a segment, which are those of whole new parts, of the indexed old
/// image. Puts zeros into `fresh` where a reader fills digests in. `advanced` as in
/// find_operations.
SegmentPlan search_segment(const SegmentPlace& place, const SuffixIndex& index,
                           MutableByteView fresh, const SearchOptions& options,
                           const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
