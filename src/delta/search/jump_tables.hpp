#pragma once

#include <span>

#include "pair_input.hpp"

namespace xppkg::delta {

/// A compiler's table for a switch of many cases: distances of 32 bits from the table's own
/// beginning to places in code, one after the other.
struct JumpTable {
  std::uint64_t offset = 0;   ///< in the file
  std::uint64_t entries = 0;  ///< at least kLeastJumpTable
};
inline constexpr std::uint64_t kLeastJumpTable = 4;

/// The tables that code of the program names by their address and that do not lie in code,
/// ascending and without overlap. Code is what the sections say that it is.
std::vector<JumpTable> find_jump_tables(const Program& program, ByteView file);

/// Writes into `normalised` for each entry what its place has become by `map`, as an address of 32
/// bits: so that tables which choose among the same cases are the same, wherever they lie. `map` is
/// of the program whose `file` this is.
void name_jump_tables(MutableByteView normalised, ByteView file, const AddressMap& map,
                      std::span<const JumpTable> tables);

}  // namespace xppkg::delta
