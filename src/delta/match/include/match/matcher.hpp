#pragma once

#include <functional>
#include <span>
#include <vector>

#include "match/match_index.hpp"
#include "match/survey.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// Describes `new_bytes` by copies from the indexed image and literals, after the idea of bsdiff:
/// exact matches are anchors, and copies grow from them through bytes that differ as long as most
/// agree. At worst there is one search in the index for each new byte, also where bytes repeat;
/// each byte is looked at a bounded number of times besides. `advanced` is told now and then of how
/// many bytes more were looked at, and may throw to end the call. New bytes that are `known` are
/// not searched for.
std::vector<Operation> find_operations(const MatchIndex& index, ByteView new_bytes,
                                       const Survey& known,
                                       const std::function<void(std::size_t)>& advanced);

}  // namespace xppkg::delta
