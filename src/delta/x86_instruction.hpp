#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// The mode in which the processor runs the code.
enum class X86Mode : std::uint8_t { bits_32, bits_64 };

inline constexpr std::size_t kMaxX86Instruction = 15;

/// How long an instruction is, and where its numbers of 32 bits lie.
struct X86Instruction {
  std::uint8_t length = 0;        ///< in bytes, at least 1, at most kMaxX86Instruction
  std::uint8_t displacement = 0;  ///< where that of the memory operand begins; 0: none of 32 bits
  std::uint8_t immediate = 0;     ///< where that in the instruction begins; 0: none of 32 bits
  bool displacement_is_relative = false;  ///< to the end of the instruction; else it is absolute
  bool immediate_is_relative = false;     ///< a call or a jump; else it is a number or an address
};

/// Decodes the instruction at the beginning of `code`. Nothing if there is none, or not all of it.
/// The length follows from the opcode maps alone: forms that a processor refuses for their
/// registers or prefixes are taken as they would be long.
std::optional<X86Instruction> decode_x86(ByteView code, X86Mode mode);

}  // namespace xppkg::delta
