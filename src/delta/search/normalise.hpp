#pragma once

#include "search/pair_input.hpp"

namespace xppkg::delta {

/// The two files of a pair with each reference replaced by what it names in the new program, so
/// that bytes which mean the same are the same: the old one as it is predicted to become.
struct Normalised {
  Bytes old_bytes;
  Bytes fresh;
};

/// By `map` and `modes` of the old file. With `learns`, predictions that proved wrong are
/// corrected as a reader would; without, the map alone is used, as long as it may be poor.
Normalised normalise(const PairInput& pair, const AddressMap& map, const Modes& modes,
                     const std::vector<Base>& bases, bool learns);

}  // namespace xppkg::delta
