// Any bytes as a program, and as a table of base relocations.

#include <algorithm>

#include "delta/program/frame_index.hpp"
#include "delta/program/program.hpp"
#include "documented.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const xppkg::delta::Program program = xppkg::delta::read_program(xppkg::BufferReader(bytes));
  xppkg::fuzz::require(xppkg::test::fault(program, size).empty());
  check_relocations(bytes);
  const ByteView table = bytes.subspan(program.address_table.offset, program.address_table.size);
  check_relocations(table);
  check_frame_index(bytes);
  check_frame_index(table);
  return 0;
}
