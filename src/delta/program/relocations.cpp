#include <algorithm>

#include "program/program.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint32_t kPageSize = 4096;
constexpr std::uint32_t kBlockHeaderSize = 8;
constexpr unsigned kTypeShift = 12;

void read_block(ByteReader entries, std::uint32_t page, std::vector<Relocation>& out) {
  while (entries.left() > 0) {
    const std::uint16_t entry = entries.u16();
    const auto type = static_cast<std::uint8_t>(entry >> kTypeShift);
    if (type != 0) out.push_back({page + entry % kPageSize, type});
  }
}

void write_block(std::span<const Relocation> block, ByteWriter& writer) {
  const std::size_t padded = (block.size() + 1) / 2 * 2;
  writer.u32(block.front().address / kPageSize * kPageSize);
  writer.u32(static_cast<std::uint32_t>(kBlockHeaderSize + 2 * padded));
  for (const Relocation& entry : block) {
    writer.u16(static_cast<std::uint16_t>(entry.type << kTypeShift | entry.address % kPageSize));
  }
  if (padded != block.size()) writer.u16(0);
}

}  // namespace

std::vector<Relocation> read_relocations(ByteView table) {
  std::vector<Relocation> relocations;
  relocations.reserve(table.size() / 2);
  ByteReader reader(table);
  while (reader.left() >= kBlockHeaderSize) {
    const std::uint32_t page = reader.u32();
    const std::uint32_t size = reader.u32();
    if (page % kPageSize != 0 || size % 2 != 0 || size < kBlockHeaderSize ||
        size - kBlockHeaderSize > reader.left()) {
      break;
    }
    read_block(ByteReader(reader.take(size - kBlockHeaderSize)), page, relocations);
  }
  return relocations;
}

Bytes write_relocations(std::vector<Relocation> relocations, std::size_t most) {
  std::ranges::sort(relocations);
  relocations.erase(std::unique(relocations.begin(), relocations.end()), relocations.end());
  ByteWriter writer;
  const auto is_other_page = [](const Relocation& a, const Relocation& b) {
    return a.address / kPageSize != b.address / kPageSize;
  };
  for (auto begin = relocations.begin();
       begin != relocations.end() && writer.bytes().size() < most;) {
    const auto border = std::adjacent_find(begin, relocations.end(), is_other_page);
    const auto end = border == relocations.end() ? border : std::next(border);
    write_block({begin, end}, writer);
    begin = end;
  }
  return writer.take();
}

}  // namespace xppkg::delta
