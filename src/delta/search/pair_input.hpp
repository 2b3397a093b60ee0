#pragma once

#include <span>

#include "code/reference_field.hpp"
#include "model/address_map.hpp"
#include "model/data_words.hpp"
#include "model/old_program.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// An old file and the new one that is to be made of it, as an encoder sees them.
struct PairInput {
  ByteView old_bytes;
  ByteView new_bytes;
  Program old_program;
  Program new_program;
};

/// Sections of the new program one by one for those of the old.
std::vector<Section> corresponding_sections(const Program& old_program, const Program& new_program);

/// The map that operations within the two files make.
AddressMap map_of(const PairInput& pair, std::span<const Operation> operations);

/// Modes as the sections suggest: code is code, all else plain.
Modes modes_of_sections(const Program& program, std::uint64_t size);

}  // namespace xppkg::delta
