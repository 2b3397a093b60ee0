#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "x86_opcode.hpp"

namespace xppkg::delta {

/// The part between the opcode and the immediate: its size in bytes, and flags.
using OperandForm = unsigned;
inline constexpr OperandForm kOperandSize = 7;
inline constexpr OperandForm kHasDisplacement = 1 << 3;  ///< ends with one of four bytes
inline constexpr OperandForm kIsRelative = 1 << 4;       ///< in 64-bit code
inline constexpr OperandForm kIndexDecides = 1 << 5;     ///< whether there is a displacement

/// Indexed by the ModRM byte.
constexpr std::array<std::uint8_t, 256> operand_forms() {
  std::array<std::uint8_t, 256> forms{};
  for (unsigned mod_rm = 0; mod_rm < 256; ++mod_rm) {
    const unsigned mod = mod_rm >> 6;
    const unsigned base = mod_rm & 7;
    OperandForm form = mod != 3 && base == 4 ? 2 : 1;  // 4: a SIB byte
    if (mod == 0 && base == 4) form |= kIndexDecides;
    if (mod == 0 && base == 5) form = 5 | kHasDisplacement | kIsRelative;
    if (mod == 1) form += 1;
    if (mod == 2) form = (form + 4) | kHasDisplacement;
    forms[mod_rm] = static_cast<std::uint8_t>(form);
  }
  return forms;
}
inline constexpr std::array<std::uint8_t, 256> kOperandForms = operand_forms();

/// With addresses of 16 bits.
constexpr OperandForm short_operand_form(unsigned mod_rm) {
  const unsigned mod = mod_rm >> 6;
  if (mod == 1) return 2;
  return mod == 2 || (mod == 0 && (mod_rm & 7) == 6) ? 3 : 1;
}

/// `rest` is what follows the opcode.
template <X86Mode kMode>
OperandForm operand_form(const X86Opcode& opcode, const std::uint8_t* rest) {
  if (kMode == X86Mode::bits_32 && opcode.address_is_short && (opcode.form & kModRm) != 0) {
    return short_operand_form(rest[0]);
  }
  // A mask, since a branch here could not be foreseen.
  const unsigned has_mod_rm = (opcode.form & kModRm) / kModRm;
  const OperandForm form = kOperandForms[rest[0]] & (0 - has_mod_rm);
  if ((form & kIndexDecides) == 0 || (rest[1] & 7) != 5) return form;
  return (form + 4) | kHasDisplacement;
}

/// The sizes of immediates, by OperandSize.
using ImmediateSizes = std::array<std::array<std::uint8_t, kImmediates>, 3>;
inline constexpr ImmediateSizes kImmediateSizes32{
    {{0, 1, 2, 3, 4, 4, 4, 6, 4}, {0, 1, 2, 3, 2, 2, 2, 4, 4}, {}}};
// 64-bit code has no jumps of 16 bits: the prefix is passed over.
inline constexpr ImmediateSizes kImmediateSizes64{
    {{0, 1, 2, 3, 4, 4, 4, 6, 8}, {0, 1, 2, 3, 2, 2, 4, 4, 8}, {0, 1, 2, 3, 4, 8, 4, 6, 8}}};

/// The size in bytes of the immediate after such an opcode, whose ModRM byte this is if it has one.
template <X86Mode kMode>
unsigned immediate_size(const X86Opcode& opcode, unsigned mod_rm) {
  constexpr const ImmediateSizes& kSizes =
      kMode == X86Mode::bits_64 ? kImmediateSizes64 : kImmediateSizes32;
  const unsigned immediate = opcode.form & kImmediateMask;
  const unsigned size = kSizes[static_cast<std::size_t>(opcode.operand_size)][immediate];
  if ((opcode.form & kTestGroup) != 0 && ((mod_rm >> 3) & 7) > 1) return 0;
  return immediate == kAddress && opcode.address_is_short ? size / 2 : size;
}

}  // namespace xppkg::delta
