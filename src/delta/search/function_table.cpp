#include "function_table.hpp"

namespace xppkg::delta {
namespace {

// Microsoft, "PE Format", The .pdata Section.
constexpr std::uint64_t kRowSize = 12;
constexpr std::uint64_t kEndPlace = 4;
constexpr std::uint64_t kUnwindPlace = 8;

}  // namespace

void name_functions(MutableByteView normalised, ByteView file, const AddressMap& map) {
  const FunctionTable& table = map.old_program().function_table;
  const auto address_at = [&](std::uint64_t place) {
    return map.old_base() + word_at(file, static_cast<std::size_t>(place));
  };
  const auto name = [&](std::uint64_t place, std::uint64_t address) {
    store_word(normalised, place, static_cast<std::uint32_t>(address - map.new_base()));
  };
  for (std::uint64_t at = 0; at + kRowSize <= table.size; at += kRowSize) {
    const std::uint64_t row = table.offset + at;
    name(row, map.map(address_at(row)).address);
    // Another function may begin where one ends, and may have gone elsewhere.
    name(row + kEndPlace, map.map(address_at(row + kEndPlace) - 1).address + 1);
    name(row + kUnwindPlace, map.map(address_at(row + kUnwindPlace)).address);
  }
}

}  // namespace xppkg::delta
