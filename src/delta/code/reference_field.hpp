#pragma once

#include "code/references.hpp"

namespace xppkg::delta {

// A reference lies in a little-endian word of 32 bits at its place. Some bits of the word are its
// field; as a number, the field is counted from 0 and has `field_width` bits.

inline constexpr std::size_t kReferenceSize = 4;  ///< of the word, in bytes

/// The word at a place of which kReferenceSize bytes are there.
inline std::uint32_t word_at(ByteView code, std::size_t place) {
  return std::uint32_t{code[place]} | std::uint32_t{code[place + 1]} << 8 |
         std::uint32_t{code[place + 2]} << 16 | std::uint32_t{code[place + 3]} << 24;
}

/// How many bits the field has.
unsigned field_width(ReferenceKind kind);
/// The bits of the word that belong to the field.
std::uint32_t field_mask(ReferenceKind kind);
/// The number in the field.
std::uint32_t field_of(std::uint32_t word, ReferenceKind kind);
/// The word with another number in its field. What is too large for the field is cut off.
std::uint32_t with_field(std::uint32_t word, ReferenceKind kind, std::uint32_t number);

/// The number that makes a reference at `address` name `target`: modulo 2^field_width, so that
/// every target has one, even where none is near enough. The addresses are those of the field's
/// first byte and of what is named; `extra` as in Reference.
std::uint32_t number_for(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
                         std::uint64_t target);
/// The address that such a number names, modulo 2^64: of arm_page the page's beginning, of arm_low
/// the lower 12 bits. In 32-bit code addresses are modulo 2^32, which is left to the caller.
std::uint64_t target_of(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
                        std::uint32_t number);

}  // namespace xppkg::delta
