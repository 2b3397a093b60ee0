#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "x86_operand.hpp"

namespace xppkg::delta {

/// How long an instruction is, and where its numbers of 32 bits lie.
struct X86Instruction {
  unsigned length = 0;        ///< in bytes; 0: there is no instruction
  unsigned displacement = 0;  ///< where that of the memory operand begins; 0: none of 32 bits
  unsigned immediate = 0;     ///< where that in the instruction begins; 0: none of 32 bits
  bool displacement_is_relative = false;  ///< to the end of the instruction; else it is absolute
  bool immediate_is_relative = false;     ///< a call or a jump; else it is a number or an address
};

/// The decoder looks no farther, whatever the bytes: 24 of the opcode, and 2 that say what follows.
inline constexpr std::size_t kX86ReadAhead = 32;

/// Decodes the instruction at the beginning of `bytes`, of which kX86ReadAhead are there. The
/// length follows from the opcode maps alone: forms that a processor refuses for their registers or
/// prefixes are as long as they would be. Inline, since it runs over all code of a program, and
/// its caller needs the length in a register.
template <X86Mode kMode>
inline X86Instruction decode_x86(const std::uint8_t* bytes) {
  X86Opcode opcode = read_common_opcode<kMode>(bytes);
  if ((opcode.form & kNoOpcode) != 0) opcode = read_rare_opcode<kMode>(bytes);
  if ((opcode.form & kInvalid) != 0) return {};

  const std::uint8_t* const rest = bytes + opcode.size;
  const OperandForm operand = operand_form<kMode>(opcode, rest);
  const unsigned immediate = opcode.size + (operand & kOperandSize);
  const unsigned size = immediate_size<kMode>(opcode, rest[0]);
  const unsigned length = immediate + size;
  if (length > kMaxX86Instruction) return {};
  return {
      .length = length,
      .displacement = (operand & kHasDisplacement) != 0 ? immediate - 4 : 0,
      .immediate = size == 4 ? immediate : 0,
      .displacement_is_relative = kMode == X86Mode::bits_64 && (operand & kIsRelative) != 0,
      .immediate_is_relative = (opcode.form & kImmediateMask) == kDistance,
  };
}

/// The same at the beginning of `code`, of which only a few bytes may be there. None if not all of
/// the instruction is.
template <X86Mode kMode>
X86Instruction decode_x86(ByteView code) {
  if (code.size() >= kX86ReadAhead) return decode_x86<kMode>(code.data());
  std::array<std::uint8_t, kX86ReadAhead> bytes{};
  std::copy(code.begin(), code.end(), bytes.begin());
  const X86Instruction found = decode_x86<kMode>(bytes.data());
  return found.length <= code.size() ? found : X86Instruction{};
}

}  // namespace xppkg::delta
