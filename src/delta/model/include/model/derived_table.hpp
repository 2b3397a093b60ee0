#pragma once

#include "model/address_map.hpp"

namespace xppkg::delta {

/// The new table as far as the old one tells: each entry for a byte that a copy brings moves with
/// it (DELTA §6.12). `bytes` are those of the old table; the new one will lie at `new_address`.
/// Empty if the old one is not in the form that it should have. Of more than `most` bytes some may
/// be missing at the end.
Bytes make_table(const AddressTable& table, ByteView bytes, const AddressMap& map,
                 std::uint64_t new_address, std::size_t most);

}  // namespace xppkg::delta
