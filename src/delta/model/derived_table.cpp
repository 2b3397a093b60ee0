#include "model/derived_table.hpp"

#include "program/frame_index.hpp"
#include "program/function_starts.hpp"

namespace xppkg::delta {
namespace {

Bytes make_relocations(ByteView table, const AddressMap& map, std::size_t most) {
  std::vector<Relocation> relocations = read_relocations(table);
  std::size_t count = 0;
  for (const Relocation& relocation : relocations) {
    const AddressMap::Mapped mapped = map.map(map.old_base() + relocation.address);
    if (!mapped.is_covered) continue;
    relocations[count++] = {static_cast<std::uint32_t>(mapped.address - map.new_base()),
                            relocation.type};
  }
  relocations.resize(count);
  return write_relocations(std::move(relocations), most);
}

Bytes make_frame_index(ByteView table, std::uint64_t old_address, const AddressMap& map,
                       std::uint64_t new_address) {
  std::optional<FrameIndex> index = read_frame_index(table, old_address);
  if (!index) return {};
  std::size_t count = 0;
  for (const FrameIndex::Entry& entry : index->entries) {
    const AddressMap::Mapped code = map.map(entry.code);
    if (code.is_covered) index->entries[count++] = {code.address, map.map(entry.frame).address};
  }
  index->entries.resize(count);
  index->frames = map.map(index->frames).address;
  return write_frame_index(*std::move(index), new_address);
}

Bytes make_function_starts(ByteView table, const AddressMap& map, std::size_t most) {
  std::vector<std::uint32_t> starts = read_function_starts(table);
  std::size_t count = 0;
  for (const std::uint32_t start : starts) {
    const AddressMap::Mapped mapped = map.map(map.old_base() + start);
    if (!mapped.is_covered) continue;
    starts[count++] = static_cast<std::uint32_t>(mapped.address - map.new_base());
  }
  starts.resize(count);
  return write_function_starts(std::move(starts), most);
}

}  // namespace

Bytes make_table(const AddressTable& table, ByteView bytes, const AddressMap& map,
                 std::uint64_t new_address, std::size_t most) {
  switch (table.kind) {
    case AddressTable::Kind::none:
      break;
    case AddressTable::Kind::relocations:
      return make_relocations(bytes, map, most);
    case AddressTable::Kind::frame_index:
      return make_frame_index(bytes, map.old_address(table.offset), map, new_address);
    case AddressTable::Kind::function_starts:
      return make_function_starts(bytes, map, most);
  }
  return {};
}

}  // namespace xppkg::delta
