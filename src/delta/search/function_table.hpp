#pragma once

#include "pair_input.hpp"

namespace xppkg::delta {

/// Writes into `normalised` what the old program's function table becomes by `map`, of the program
/// whose `file` this is: each row looks like any other but for the addresses in it, so it is found
/// again by these alone.
void name_functions(MutableByteView normalised, ByteView file, const AddressMap& map);

}  // namespace xppkg::delta
