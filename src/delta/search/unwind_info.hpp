#pragma once

#include "pair_input.hpp"

namespace xppkg::delta {

/// Writes into `normalised` what the unwind info of a Mach-O file says of functions, named by where
/// these have gone by `map`, each whatever page it is on. `map` is of the program whose `file` this
/// is.
void name_unwind_info(MutableByteView normalised, ByteView file, const AddressMap& map);

}  // namespace xppkg::delta
