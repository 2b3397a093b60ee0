#pragma once

#include <functional>
#include <optional>

#include "search/segment_search.hpp"

namespace xppkg::delta {

struct TableCopies {
  PartOperations operations;
  std::vector<NumberTable> tables;  ///< in the old image, ascending
};

/// Operations for parts that are tables whose numbers moved by a step, in which hardly a number is
/// equal: rows are matched by how their numbers follow on each other. Other parts keep what was
/// `matched`. Empty where there is no such part. `image` is the old parts as one. `advanced` is
/// told of nothing done now and then, and may throw to end the call.
std::optional<TableCopies> table_copies(const SegmentPlace& place, ByteView image,
                                        const PartOperations& matched, ByteView new_bytes,
                                        const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
