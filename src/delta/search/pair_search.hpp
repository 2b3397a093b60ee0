#pragma once

#include <functional>

#include "model/segment_plan.hpp"
#include "pair_input.hpp"

namespace xppkg::delta {

/// How to make a new file of an old one: operations within the two files (a table that is made
/// lies right after the old file), and what predicts them.
struct PairResult {
  std::vector<Operation> operations;
  PairPlan plan;
  bool is_predicted = false;  ///< else `plan` says nothing
};

/// From operations that were found on the bytes alone: finds the modes and bases, and searches
/// again on bytes with references replaced by what they name, `rounds` times.
PairResult search_pair(const PairInput& pair, std::vector<Operation> operations, unsigned rounds,
                       const std::function<void()>& checkpoint);

}  // namespace xppkg::delta
