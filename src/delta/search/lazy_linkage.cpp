#include "lazy_linkage.hpp"

namespace xppkg::delta {
namespace {

// x86-64: jmp *slot; push number; jmp to the first stub. The slot leads to the second instruction.
constexpr std::uint64_t kStubBegin = 6;  // so many bytes before that
constexpr std::uint64_t kStubEnd = 10;   // from its first byte on
constexpr std::uint8_t kPush = 0x68;

std::uint64_t address_at(ByteView file, std::uint64_t place) {
  return word_at(file, place) | std::uint64_t{word_at(file, place + 4)} << 32;
}

bool is_stub(ByteView file, std::uint64_t push) {
  const auto at = static_cast<std::size_t>(push);
  return file[at - kStubBegin] == 0xff && file[at - kStubBegin + 1] == 0x25 && file[at] == kPush;
}

class Namer {
 public:
  Namer(MutableByteView normalised, ByteView file, const AddressMap& map, const NameOf& name_of)
      : normalised_(normalised), file_(file), map_(map), name_of_(name_of) {}

  void name(const SymbolNumbers& table, std::uint64_t relocation) {
    const std::uint64_t number_place = relocation + table.number_place;
    const std::uint32_t number = word_at(file_, number_place);
    if (number == 0) return;  // no symbol: many may have none
    const auto slot = place_of(address_at(file_, relocation), 0, 8);
    if (!slot) return;
    const auto push = place_of(address_at(file_, *slot), kStubBegin, kStubEnd);
    if (!push || !is_stub(file_, *push)) return;
    const std::uint32_t name = name_of_(table, number);
    store_word(normalised_, relocation, 0);
    store_word(normalised_, number_place, name);
    store_word(normalised_, *slot, name);
    store_word(normalised_, *push - 4, name);
    store_word(normalised_, *push + 1, 0);
  }

 private:
  /// The place of an address, with so many bytes before and after it in the file.
  [[nodiscard]] std::optional<std::uint64_t> place_of(std::uint64_t address, std::uint64_t before,
                                                      std::uint64_t after) const {
    const auto place = map_.old_offset(address);
    if (!place || *place < before || file_.size() - *place < after) return std::nullopt;
    return place;
  }

  MutableByteView normalised_;
  ByteView file_;
  const AddressMap& map_;
  const NameOf& name_of_;
};

}  // namespace

void name_lazy_linkage(MutableByteView normalised, ByteView file, const AddressMap& map,
                       const NameOf& name_of) {
  if (map.old_program().processor != Processor::x86_64) return;
  Namer namer(normalised, file, map, name_of);
  for (const SymbolNumbers& table : map.old_program().symbol_numbers) {
    for (std::uint64_t at = 0; at + table.entry_size <= table.size; at += table.entry_size) {
      namer.name(table, table.offset + at);
    }
  }
}

}  // namespace xppkg::delta
