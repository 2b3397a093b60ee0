// Any bytes as a program, and as a table that programs have.

#include <algorithm>
#include <functional>

#include "documented.hpp"
#include "program/export_trie.hpp"
#include "program/frame_index.hpp"
#include "program/function_starts.hpp"
#include "program/program.hpp"
#include "programs.hpp"

namespace {

using xppkg::Bytes;
using xppkg::ByteView;
using xppkg::delta::Relocation;

/// A table that we wrote says the same when it is read and written again.
void check_relocations(ByteView table) {
  const std::vector<Relocation> relocations = xppkg::delta::read_relocations(table);
  xppkg::fuzz::require(relocations.size() <= table.size() / 2);
  const Bytes written = xppkg::delta::write_relocations(relocations);
  const std::vector<Relocation> again = xppkg::delta::read_relocations(written);
  xppkg::fuzz::require(std::ranges::is_sorted(again));
  xppkg::fuzz::require(xppkg::delta::write_relocations(again) == written);
}

void check_frame_index(ByteView table) {
  constexpr std::uint64_t kAddress = 0x400000;
  const auto index = xppkg::delta::read_frame_index(table, kAddress);
  if (!index) return;
  const Bytes written = xppkg::delta::write_frame_index(*index, kAddress);
  xppkg::fuzz::require(written.size() <= table.size());
  const auto again = xppkg::delta::read_frame_index(written, kAddress);
  xppkg::fuzz::require(again.has_value() && std::ranges::is_sorted(again->entries));
  xppkg::fuzz::require(xppkg::delta::write_frame_index(*again, kAddress) == written);
}

void check_function_starts(ByteView table) {
  const std::vector<std::uint32_t> starts = xppkg::delta::read_function_starts(table);
  xppkg::fuzz::require(starts.size() <= table.size());
  // Not where distances go round at 4 GiB: what is written has each start once, and ends at 0.
  const auto double_or_back = std::ranges::adjacent_find(starts, std::greater_equal());
  if (double_or_back != starts.end() || (!starts.empty() && starts.front() == 0)) return;
  const Bytes written = xppkg::delta::write_function_starts(starts, table.size());
  xppkg::fuzz::require(written.size() <= table.size());
  xppkg::fuzz::require(xppkg::delta::read_function_starts(written) == starts);
}

void check_export_trie(ByteView trie) {
  std::uint64_t free = 0;
  for (const xppkg::delta::ExportNumber& number : xppkg::delta::find_export_numbers(trie)) {
    xppkg::fuzz::require(number.place >= free && number.place + number.size <= trie.size());
    free = number.place + std::uint64_t{xppkg::delta::kMostExportNumber};
  }
}

void check_tables(ByteView bytes) {
  check_relocations(bytes);
  check_frame_index(bytes);
  check_function_starts(bytes);
  check_export_trie(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const xppkg::delta::Program program = xppkg::delta::read_program(xppkg::BufferReader(bytes));
  xppkg::fuzz::require(xppkg::test::fault(program, size).empty());
  check_tables(bytes);
  check_tables(bytes.subspan(program.address_table.offset, program.address_table.size));
  check_tables(bytes.subspan(program.export_trie.offset, program.export_trie.size));
  return 0;
}
