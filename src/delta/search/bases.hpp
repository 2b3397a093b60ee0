#pragma once

#include "pair_input.hpp"

namespace xppkg::delta {

/// The addresses from which tables of the old program count, found by trying which of its known
/// addresses explain words that changed: at most kMaxBases, the most useful first.
std::vector<TableBase> find_bases(const PairInput& pair, const AddressMap& map);

}  // namespace xppkg::delta
