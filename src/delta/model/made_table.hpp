#pragma once

#include "model/address_map.hpp"

namespace xppkg::delta {

/// The base relocations of the new program as far as those of the old one tell: each entry for a
/// byte that a copy brings moves with it (DELTA §6.12). `table` are the bytes of the old ones. Of
/// more than `most` bytes some may be missing at the end.
Bytes make_relocations(ByteView table, const AddressMap& map, std::size_t most);

}  // namespace xppkg::delta
