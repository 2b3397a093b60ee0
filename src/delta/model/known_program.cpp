#include "model/known_program.hpp"

#include <algorithm>

#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

std::uint16_t first_minor_with(AddressTable::Kind kind) {
  switch (kind) {
    case AddressTable::Kind::none:
    case AddressTable::Kind::relocations:
      break;
    case AddressTable::Kind::frame_index:
      return kMinorMadeIndexes;
    case AddressTable::Kind::function_starts:
      return kMinorExportTries;
  }
  return kMinorPredictedCopies;
}

}  // namespace

Program known_program(Program program, std::uint16_t minor, std::uint64_t new_size) {
  if (minor < first_minor_with(program.address_table.kind)) program.address_table = {};
  if (minor < kMinorExportTries || program.export_trie.size > most_of_table(new_size)) {
    program.export_trie = {};
  }
  return program;
}

std::uint64_t most_of_table(std::uint64_t new_size) {
  return std::min(kMaxTable, new_size);
}

}  // namespace xppkg::delta
