#pragma once

#include "pair_input.hpp"

namespace xppkg::delta {

/// The mode for each block of the old file with which its copies are likely the cheapest to code.
/// `present` are the modes so far, from whose data words meanings are learned.
Modes choose_modes(const PairInput& pair, const AddressMap& map, const Modes& present,
                   const std::vector<TableBase>& bases);

}  // namespace xppkg::delta
