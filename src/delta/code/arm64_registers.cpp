#include "arm64_registers.hpp"

namespace xppkg::delta {
namespace {

// X0 to X18, and the link register: those that a called function need not keep.
constexpr Arm64Registers kLostInCalls = 0x4007ffff;

constexpr bool is(std::uint32_t word, std::uint32_t mask, std::uint32_t value) {
  return (word & mask) == value;
}

/// The register that five bits of the instruction name; 31 is the stack pointer or zero.
constexpr Arm64Registers named_at(std::uint32_t word, unsigned lowest_bit) {
  return (Arm64Registers{1} << ((word >> lowest_bit) & 31)) & kAllRegisters;
}
constexpr Arm64Registers first(std::uint32_t word) {
  return named_at(word, 0);
}
constexpr Arm64Registers base(std::uint32_t word) {
  return named_at(word, 5);
}
constexpr Arm64Registers second(std::uint32_t word) {
  return named_at(word, 10);
}
constexpr Arm64Registers status(std::uint32_t word) {
  return named_at(word, 16);
}

Arm64Registers changed_by_branch(std::uint32_t word) {
  if (is(word, 0xfc000000, 0x94000000)) return kLostInCalls;   // BL
  if (is(word, 0xfc000000, 0x14000000)) return kAllRegisters;  // B
  if (is(word, 0xfe000000, 0xd6000000)) {                      // BR, BLR, RET, ERET
    return is(word, 0x00e00000, 0x00200000) ? kLostInCalls : kAllRegisters;
  }
  if (is(word, 0xfff00000, 0xd5300000)) return first(word);  // MRS
  return 0;
}

Arm64Registers changed_by_exclusive(std::uint32_t word) {
  const bool loads = is(word, 0x00400000, 0x00400000);
  return status(word) | (loads ? first(word) | second(word) : 0);
}

Arm64Registers changed_by_pair(std::uint32_t word) {
  const bool loads_general = is(word, 0x04400000, 0x00400000);
  const bool moves_base = is(word, 0x00800000, 0x00800000);
  return (loads_general ? first(word) | second(word) : 0) | (moves_base ? base(word) : 0);
}

/// Loads and stores of one register.
Arm64Registers changed_by_single(std::uint32_t word) {
  const bool is_general = is(word, 0x04000000, 0);
  const bool stores = is(word, 0x00c00000, 0);
  Arm64Registers changed = is_general && !stores ? first(word) : 0;
  if (is(word, 0x01000000, 0x01000000)) return changed;  // unsigned offset: nothing else
  if (is(word, 0x00200000, 0)) {
    if (is(word, 0x00000400, 0x00000400)) changed |= base(word);  // before or after the access
  } else if (is(word, 0x00000c00, 0)) {
    changed |= first(word);  // atomic: gives what was there
  } else if (is(word, 0x00000400, 0x00000400)) {
    changed |= first(word) | base(word);  // LDRAA, LDRAB
  }
  return changed;
}

Arm64Registers changed_by_memory_access(std::uint32_t word) {
  const bool is_vector = is(word, 0x04000000, 0x04000000);
  switch ((word >> 28) & 3) {
    case 0:  // exclusive; or vectors as structures, which may move the base
      if (!is_vector) return changed_by_exclusive(word);
      return is(word, 0x00800000, 0x00800000) ? base(word) : 0;
    case 1:  // literal, and others that load into the first register
      return is_vector ? 0 : first(word);
    case 2:
      return changed_by_pair(word);
    default:
      return changed_by_single(word);
  }
}

Arm64Registers changed_by_vector_arithmetic(std::uint32_t word) {
  const bool converts = is(word, 0x5f20fc00, 0x1e200000);  // FMOV, FCVTZS, SCVTF …
  const bool moves = is(word, 0xbfe0ec00, 0x0e002c00);     // SMOV, UMOV
  return converts || moves ? first(word) : 0;
}

}  // namespace

// By bits 25 to 28, the main groups of the encoding.
Arm64Registers changed_registers(std::uint32_t instruction) {
  const unsigned group = (instruction >> 25) & 15;
  if ((group & 0b1110) == 0b1000) return first(instruction);  // arithmetic with an immediate
  if ((group & 0b1110) == 0b1010) return changed_by_branch(instruction);
  if ((group & 0b0101) == 0b0100) return changed_by_memory_access(instruction);
  if ((group & 0b0111) == 0b0101) {
    const bool is_conditional_compare = is(instruction, 0x1fe00000, 0x1a400000);
    return is_conditional_compare ? 0 : first(instruction);
  }
  if ((group & 0b0111) == 0b0111) return changed_by_vector_arithmetic(instruction);
  return 0;
}

}  // namespace xppkg::delta
