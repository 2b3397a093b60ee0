#include "model/made_table.hpp"

namespace xppkg::delta {

Bytes make_relocations(ByteView table, const AddressMap& map) {
  std::vector<Relocation> made;
  for (const Relocation& relocation : read_relocations(table)) {
    const AddressMap::Mapped mapped = map.map(map.old_base() + relocation.address);
    if (!mapped.is_covered) continue;
    made.push_back({static_cast<std::uint32_t>(mapped.address - map.new_base()), relocation.type});
  }
  return write_relocations(std::move(made));
}

}  // namespace xppkg::delta
