#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// Costs in half bits: estimates, measured on real programs.
struct OperationCosts {
  std::int64_t operation;
  std::int64_t differ;        ///< a byte of a copy that differs
  std::int64_t differ_again;  ///< the next one
  std::int64_t literal;       ///< a byte
};
/// A model learns little from few literals.
inline constexpr OperationCosts kFewLiterals{52, 24, 11, 10};
inline constexpr OperationCosts kManyLiterals{36, 24, 16, 7};

/// Makes operations cheaper to code: drops those that cost more than they save, by going on with
/// the copies beside them, and moves the borders between copies to where they are best. All
/// copies lie within `old_bytes`.
std::vector<Operation> refine(std::vector<Operation> operations, ByteView old_bytes,
                              ByteView new_bytes, const OperationCosts& costs);

}  // namespace xppkg::delta
