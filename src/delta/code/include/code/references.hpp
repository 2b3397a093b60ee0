#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// How a field of an instruction, or a number of an export trie, names an address. The numbers are
/// those of DELTA-CODE §2.
enum class ReferenceKind : std::uint8_t {
  x86_branch,    ///< 32 bits: the distance from the end of the instruction, in a call or jump
  x86_operand,   ///< likewise, in a memory operand relative to the instruction pointer
  x86_absolute,  ///< 32 bits: the address itself (32-bit x86 only)
  arm_branch26,  ///< B, BL: the distance from the instruction in words
  arm_branch19,  ///< B.cond, CBZ, CBNZ, LDR literal: likewise
  arm_branch14,  ///< TBZ, TBNZ: likewise
  arm_page,      ///< ADRP: the distance in pages of 4 KiB
  arm_low,       ///< ADD, LDR, STR after ADRP: the lower 12 bits of the address, scaled
  uleb_2,        ///< two bytes of seven bits each: the distance from the image base or the trie
  uleb_3,        ///< likewise, three
  uleb_4,        ///< likewise, four
};
inline constexpr std::size_t kReferenceKinds = 11;

/// Whether the number of a kind counts from an address that is the same for all of a table.
constexpr bool counts_from_table(ReferenceKind kind) {
  return kind >= ReferenceKind::uleb_2;
}

/// A field in code that names an address.
struct Reference {
  std::uint32_t place = 0;  ///< of the field's first byte, within the scanned bytes
  ReferenceKind kind{};
  /// x86: bytes from the end of the field to the end of the instruction. arm_low: the scale, as a
  /// power of two.
  std::uint8_t extra = 0;
  std::uint64_t target = 0;  ///< the address that it names
};

/// Finds the references of x86-64 code by a linear sweep from the beginning of `code`, which lies
/// at `address`. Gives those whose instruction begins at or after `from`, and before `to`,
/// ascending by place and without overlap; an instruction may go on beyond `to`, never beyond the
/// end of `code`. Returns where the first one begins that does not begin before `to`: a sweep may
/// go on there. Undecodable bytes are skipped one by one, so that garbage costs time in proportion
/// to its length and nothing else.
std::size_t find_x86_64_references(ByteView code, std::uint64_t address, std::size_t from,
                                   std::size_t to, std::vector<Reference>& out);

/// The same for 32-bit x86, whose addresses are modulo 2^32. Every number of 32 bits that is not
/// relative is given as x86_absolute: whether it is an address the caller sees from the image.
std::size_t find_x86_references(ByteView code, std::uint64_t address, std::size_t from,
                                std::size_t to, std::vector<Reference>& out);

/// The same for 64-bit ARM: `address` is divisible by four. The target of an ADRP is the whole
/// address of the first instruction that adds to its page, if one follows before `code` ends: so
/// the caller lets `code` go on a little beyond `to`.
std::size_t find_arm64_references(ByteView code, std::uint64_t address, std::size_t from,
                                  std::size_t to, std::vector<Reference>& out);

}  // namespace xppkg::delta
