#pragma once

#include <array>
#include <cstdint>

namespace xppkg::delta {

/// What follows an opcode, as far as the length of the instruction goes: flags of an OpcodeMap.
enum OpcodeForm : std::uint16_t {
  kPlain = 0,
  kModRm = 1 << 0,      ///< a ModRM byte, and what it asks for
  kByte = 1 << 1,       ///< an immediate of 1 byte
  kWord = 1 << 2,       ///< one of 2 bytes
  kSized = 1 << 3,      ///< one of 4 bytes; 2 if the operand has 16 bits
  kWide = 1 << 4,       ///< like kSized; 8 bytes if the operand has 64 bits
  kAddress = 1 << 5,    ///< one as wide as addresses are
  kRelative = 1 << 6,   ///< the kSized one is a distance
  kTestGroup = 1 << 7,  ///< the immediate is there only if ModRM's middle bits are 0 or 1
  kPrefix = 1 << 8,     ///< no opcode
  kRex = 1 << 9,        ///< likewise
  kEscape = 1 << 10,    ///< the first byte of a longer opcode, or of VEX
  kInvalid = 1 << 11,
};

using OpcodeMap = std::array<std::uint16_t, 256>;

/// The opcodes of one byte in either mode; those that begin with 0F, and with 0F 38 and 0F 3A.
extern const OpcodeMap kOneByteMap32;
extern const OpcodeMap kOneByteMap64;
extern const OpcodeMap kTwoByteMap;
/// All opcodes of these maps have the same form.
inline constexpr std::uint16_t kForm0F38 = kModRm;
inline constexpr std::uint16_t kForm0F3A = kModRm | kByte;

}  // namespace xppkg::delta
