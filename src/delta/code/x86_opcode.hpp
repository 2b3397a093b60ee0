#pragma once

#include <cstdint>

#include "x86_opcode_maps.hpp"

namespace xppkg::delta {

/// The mode in which the processor runs the code.
enum class X86Mode : std::uint8_t { bits_32, bits_64 };

inline constexpr unsigned kMaxX86Instruction = 15;  ///< in bytes

enum class OperandSize : std::uint8_t { bits_32, bits_16, bits_64 };

/// The beginning of an instruction.
struct X86Opcode {
  OpcodeForm form = kInvalid;
  std::uint8_t size = 0;  ///< in bytes, with all prefixes
  OperandSize operand_size = OperandSize::bits_32;
  bool address_is_short = false;  ///< half as wide as is usual in the mode
};

template <X86Mode kMode>
const OpcodeMaps& opcode_maps() {
  return kMode == X86Mode::bits_64 ? kOpcodes64 : kOpcodes32;
}

/// Reads an opcode of the first two maps, before which no more than a REX prefix stands. Other
/// forms are one of kNoOpcode. Has no branches, which could not be predicted.
template <X86Mode kMode>
X86Opcode read_common_opcode(const std::uint8_t* bytes) {
  const unsigned has_rex = kMode == X86Mode::bits_64 && (bytes[0] & 0xf0) == 0x40 ? 1 : 0;
  const bool is_64 = (has_rex & (unsigned{bytes[0]} >> 3)) != 0;
  const unsigned is_long = bytes[has_rex] == 0x0f ? 1 : 0;
  const unsigned at = has_rex + is_long;
  return {.form = opcode_maps<kMode>()[is_long][bytes[at]],
          .size = static_cast<std::uint8_t>(at + 1),
          .operand_size = is_64 ? OperandSize::bits_64 : OperandSize::bits_32};
}

/// Reads any opcode, from the beginning of the instruction: with all prefixes, and of the maps
/// 0F 38, 0F 3A, VEX and EVEX. kInvalid if there is none. Looks at no more than 24 bytes.
template <X86Mode kMode>
X86Opcode read_rare_opcode(const std::uint8_t* bytes);
extern template X86Opcode read_rare_opcode<X86Mode::bits_32>(const std::uint8_t* bytes);
extern template X86Opcode read_rare_opcode<X86Mode::bits_64>(const std::uint8_t* bytes);

}  // namespace xppkg::delta
