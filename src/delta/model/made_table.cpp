#include "model/made_table.hpp"

namespace xppkg::delta {

Bytes make_relocations(ByteView table, const AddressMap& map, std::size_t most) {
  std::vector<Relocation> relocations = read_relocations(table);
  std::size_t made = 0;
  for (const Relocation& relocation : relocations) {
    const AddressMap::Mapped mapped = map.map(map.old_base() + relocation.address);
    if (!mapped.is_covered) continue;
    relocations[made++] = {static_cast<std::uint32_t>(mapped.address - map.new_base()),
                           relocation.type};
  }
  relocations.resize(made);
  return write_relocations(std::move(relocations), most);
}

}  // namespace xppkg::delta
