#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace xppkg::delta {

/// The part after an opcode that decides the length of the instruction: an Immediate and flags.
using OpcodeForm = std::uint16_t;

/// The number that ends an instruction, by its size in bytes.
enum Immediate : OpcodeForm {
  kNone,
  kByte,      ///< 1
  kWord,      ///< 2
  kEnter,     ///< 3: a word and a byte
  kSized,     ///< 4; 2 if the operand has 16 bits
  kWide,      ///< likewise; 8 if the operand has 64 bits
  kDistance,  ///< 4; 2 in 32-bit code if the operand has 16 bits; relative to the end
  kFar,       ///< 6; 4 if the operand has 16 bits
  kAddress,   ///< as wide as addresses are
};
inline constexpr std::size_t kImmediates = 9;
inline constexpr OpcodeForm kImmediateMask = 15;

inline constexpr OpcodeForm kModRm = 1 << 4;      ///< a ModRM byte, and what it asks for
inline constexpr OpcodeForm kTestGroup = 1 << 5;  ///< an immediate only if its bits 3-5 are 0 or 1
inline constexpr OpcodeForm kPrefix = 1 << 6;     ///< no opcode
inline constexpr OpcodeForm kRex = 1 << 7;        ///< likewise
inline constexpr OpcodeForm kEscape = 1 << 8;     ///< the first byte of a longer opcode, or of VEX
inline constexpr OpcodeForm kInvalid = 1 << 9;
inline constexpr OpcodeForm kNoOpcode = kPrefix | kRex | kEscape | kInvalid;

/// Indexed by the opcode's byte.
using OpcodeMap = std::array<OpcodeForm, 256>;
/// The opcodes of one byte, and those that begin with 0F.
using OpcodeMaps = std::array<OpcodeMap, 2>;

extern const OpcodeMaps kOpcodes32;
extern const OpcodeMaps kOpcodes64;
/// All opcodes that begin with 0F 38, and with 0F 3A, have the same form.
inline constexpr OpcodeForm kForm0F38 = kModRm;
inline constexpr OpcodeForm kForm0F3A = kModRm | kByte;

}  // namespace xppkg::delta
