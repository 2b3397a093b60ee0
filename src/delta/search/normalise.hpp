#pragma once

#include "jump_tables.hpp"
#include "pair_input.hpp"
#include "pointer_tables.hpp"

namespace xppkg::delta {

/// The two files of a pair with each reference replaced by what it names in the new program, so
/// that bytes which mean the same are the same: the old one as it is predicted to become.
struct Normalised {
  Bytes old_bytes;
  Bytes new_bytes;
};

/// Those of the two files of a pair.
struct JumpTables {
  std::vector<JumpTable> old_ones;
  std::vector<JumpTable> new_ones;
};

/// By `map` and `modes` of the old file, as a reader would predict them.
Normalised normalise(const PairInput& pair, const AddressMap& map, const Modes& modes,
                     const std::vector<TableBase>& bases, const JumpTables& tables);

/// The same while the map may still be poor: nothing is learned from what it says, and the words
/// of obvious tables are taken for what they are.
Normalised normalise_first(const PairInput& pair, const AddressMap& map, const Modes& modes,
                           const std::vector<TableBase>& bases, const std::vector<Obvious>& obvious,
                           const JumpTables& tables);

}  // namespace xppkg::delta
