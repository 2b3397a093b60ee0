#include "model/made_table.hpp"

#include "format.hpp"
#include "program/frame_index.hpp"

namespace xppkg::delta {
namespace {

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

Bytes make_frame_index(ByteView table, std::uint64_t old_address, const AddressMap& map,
                       std::uint64_t new_address) {
  std::optional<FrameIndex> index = read_frame_index(table, old_address);
  if (!index) return {};
  std::size_t made = 0;
  for (const FrameIndex::Entry& entry : index->entries) {
    const AddressMap::Mapped code = map.map(entry.code);
    if (code.is_covered) index->entries[made++] = {code.address, map.map(entry.frame).address};
  }
  index->entries.resize(made);
  index->frames = map.map(index->frames).address;
  return write_frame_index(*std::move(index), new_address);
}

}  // namespace

AddressTable table_to_map(const Program& old_program, std::uint16_t minor) {
  const AddressTable& table = old_program.address_table;
  const bool is_known = table.kind == AddressTable::Kind::relocations || minor >= kMinorMadeIndexes;
  return is_known ? table : AddressTable{};
}

Bytes make_table(const AddressTable& table, ByteView bytes, const AddressMap& map,
                 std::uint64_t new_address, std::size_t most) {
  switch (table.kind) {
    case AddressTable::Kind::none:
      break;
    case AddressTable::Kind::relocations:
      return make_relocations(bytes, map, most);
    case AddressTable::Kind::frame_index:
      return make_frame_index(bytes, map.old_address(table.offset), map, new_address);
  }
  return {};
}

}  // namespace xppkg::delta
