// Any bytes as a program, and as a table of base relocations.

#include <algorithm>

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const xppkg::delta::Program program = xppkg::delta::read_program(xppkg::BufferReader(bytes));
  xppkg::fuzz::require(xppkg::test::fault(program, size).empty());
  check_relocations(bytes);
  check_relocations(bytes.subspan(program.relocations_offset, program.relocations_size));
  return 0;
}
