#pragma once

#include "delta/encoder.hpp"
#include "match/sample_table.hpp"

namespace xppkg::delta {

/// How an encoder works within the memory that it may take.
struct MemoryPlan {
  std::vector<Input> resident;  ///< old parts in memory, in the caller's order
  std::vector<Input> remote;    ///< and those that are read at random
  unsigned threads = 1;
  std::uint64_t largest_predicted = 0;  ///< larger new parts are matched with all old parts, cut
  std::uint64_t stretch = 0;            ///< into stretches of this size
  Sampling sampling;                    ///< of the old bytes that those are matched with
};

/// The first that fits of: the old parts resident as far as 1 GiB holds them; none resident; each
/// with as many threads as possible. Throws Error{usage_invalid} if nothing fits.
MemoryPlan plan_memory(std::span<const Input> old_parts, std::span<const Input> new_parts,
                       const EncodeOptions& options);

}  // namespace xppkg::delta
