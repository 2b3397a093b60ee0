#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "operations.hpp"

namespace xppkg::delta {

/// Makes operations cheaper to code: drops those that cost more than they save, by going on with
/// the copies beside them, and moves the borders between copies to where they are best. All
/// copies lie within `old_bytes`. Costs are estimates in bits, measured on real programs.
std::vector<Operation> refine(std::vector<Operation> operations, ByteView old_bytes,
                              ByteView fresh);

}  // namespace xppkg::delta
