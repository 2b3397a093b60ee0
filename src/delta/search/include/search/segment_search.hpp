#pragma once

#include "match/match_index.hpp"
#include "match/survey.hpp"
#include "model/segment_place.hpp"
#include "model/segment_plan.hpp"

namespace xppkg::delta {

struct SearchOptions {
  unsigned rounds = 2;  ///< of searching again on bytes with references replaced
};

/// Where new parts find matches. Those of programs, found on the bytes alone, are only the
/// beginning of a search, so a coarse index does for them. Neither is read where no part needs it.
struct Indexes {
  const MatchIndex* programs = nullptr;
  const MatchIndex* others = nullptr;
};

/// For each part of a segment what is known of it, or the operations that make it, by itself.
using PartSurveys = std::vector<Survey>;
using PartOperations = std::vector<std::vector<Operation>>;

/// Surveys them, with care to find short matches later where `is_thorough`. `table` knows samples
/// of the old image. `new_bytes` are the bytes of the segment, which are those of whole new parts;
/// some are changed to zeros. `advanced` as in find_operations.
PartSurveys survey_parts(const SegmentPlace& place, const SampleTable& table, bool is_thorough,
                         MutableByteView new_bytes,
                         const std::function<void(std::size_t)>& advanced);

/// Finds their operations on the bytes alone, in the indexed old image; the rest as above.
PartOperations match_parts(const SegmentPlace& place, const Indexes& indexes,
                           const PartSurveys& known, MutableByteView new_bytes,
                           const std::function<void(std::size_t)>& advanced);

/// How to make a segment of the old image, better than by `matched`: one or more ways, of which it
/// is known only when they are written which is the shortest. Puts zeros into `new_bytes` where a
/// reader fills digests in. `checkpoint` is called now and then and may throw to end the call.
std::vector<SegmentPlan> search_segment(const SegmentPlace& place, ByteView image,
                                        PartOperations matched, MutableByteView new_bytes,
                                        const SearchOptions& options,
                                        const std::function<void()>& checkpoint);

}  // namespace xppkg::delta
