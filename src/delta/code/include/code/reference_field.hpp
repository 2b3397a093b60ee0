#pragma once

#include <array>

#include "code/references.hpp"

namespace xppkg::delta {

// A reference lies in a little-endian word of 32 bits at its place. Some bits of the word are its
// field; as a number, the field is counted from 0 and has `field_width` bits. All inline: each
// reference of a program passes through here.

inline constexpr std::size_t kReferenceSize = 4;  ///< of the word, in bytes

/// The word at a place of which kReferenceSize bytes are there.
inline std::uint32_t word_at(ByteView code, std::size_t place) {
  return std::uint32_t{code[place]} | std::uint32_t{code[place + 1]} << 8 |
         std::uint32_t{code[place + 2]} << 16 | std::uint32_t{code[place + 3]} << 24;
}
inline void store_word(MutableByteView bytes, std::uint64_t place, std::uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) {
    bytes[static_cast<std::size_t>(place + i)] = static_cast<std::uint8_t>(word >> 8 * i);
  }
}

// The places of the bits of fields.
namespace field {

/// Bits of the word that lie together.
struct Bits {
  unsigned width;
  unsigned lowest;
};

// Indexed by ReferenceKind.
inline constexpr std::array<unsigned, kReferenceKinds> kWidths{32, 32, 32, 26, 19, 14,
                                                               21, 12, 14, 21, 28};
inline constexpr std::array<unsigned, kReferenceKinds> kLowest{0, 0, 0, 0, 5, 5, 0, 10, 0, 0, 0};
// The field of arm_page is in two parts. In each byte of uleb_2 to uleb_4 seven bits are the
// field's.
inline constexpr Bits kPageLow{2, 29};
inline constexpr Bits kPageHigh{19, 5};

inline constexpr unsigned kPageBits = 12;
inline constexpr unsigned kWordBits = 2;  // ARM instructions lie at multiples of four

constexpr std::uint32_t ones(unsigned width) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
}

constexpr std::uint32_t mask_of(Bits bits) {
  return ones(bits.width) << bits.lowest;
}

constexpr std::uint32_t read(std::uint32_t word, Bits bits) {
  return (word >> bits.lowest) & ones(bits.width);
}

constexpr std::uint32_t write(std::uint32_t word, Bits bits, std::uint32_t number) {
  return (word & ~mask_of(bits)) | ((number & ones(bits.width)) << bits.lowest);
}

constexpr unsigned kUlebBits = 7;
constexpr Bits uleb_byte(unsigned index) {
  return {kUlebBits, 8 * index};
}
constexpr std::uint32_t read_sevens(std::uint32_t word, unsigned width) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i * kUlebBits < width; ++i) {
    number |= read(word, uleb_byte(i)) << i * kUlebBits;
  }
  return number;
}
constexpr std::uint32_t write_sevens(std::uint32_t word, unsigned width, std::uint32_t number) {
  for (unsigned i = 0; i * kUlebBits < width; ++i) {
    word = write(word, uleb_byte(i), number >> i * kUlebBits);
  }
  return word;
}

/// The number of a kind, which the compiler cannot know to be one of them.
constexpr std::size_t index_of(ReferenceKind kind) {
  return static_cast<std::size_t>(kind) % kReferenceKinds;
}

constexpr Bits bits_of(ReferenceKind kind) {
  return {kWidths[index_of(kind)], kLowest[index_of(kind)]};
}

/// The number as a signed distance.
constexpr std::uint64_t extended(std::uint32_t number, unsigned width) {
  const unsigned unused = 64 - width;
  const auto top = static_cast<std::int64_t>(std::uint64_t{number} << unused);
  return static_cast<std::uint64_t>(top >> unused);
}

}  // namespace field

/// How many bits the field has.
inline unsigned field_width(ReferenceKind kind) {
  return field::kWidths[field::index_of(kind)];
}
/// The bits of the word that belong to the field.
inline std::uint32_t field_mask(ReferenceKind kind) {
  if (kind == ReferenceKind::arm_page)
    return field::mask_of(field::kPageHigh) | field::mask_of(field::kPageLow);
  if (counts_from_table(kind)) return field::write_sevens(0, field_width(kind), ~std::uint32_t{0});
  return field::mask_of(field::bits_of(kind));
}
/// The number in the field.
inline std::uint32_t field_of(std::uint32_t word, ReferenceKind kind) {
  if (counts_from_table(kind)) return field::read_sevens(word, field_width(kind));
  if (kind != ReferenceKind::arm_page) return field::read(word, field::bits_of(kind));
  return (field::read(word, field::kPageHigh) << field::kPageLow.width) |
         field::read(word, field::kPageLow);
}
/// The word with another number in its field. Bits beyond the field are cut off.
inline std::uint32_t with_field(std::uint32_t word, ReferenceKind kind, std::uint32_t number) {
  if (counts_from_table(kind)) return field::write_sevens(word, field_width(kind), number);
  if (kind != ReferenceKind::arm_page) return field::write(word, field::bits_of(kind), number);
  return field::write(field::write(word, field::kPageLow, number), field::kPageHigh,
                      number >> field::kPageLow.width);
}

/// The number that makes a reference at `address` name `target`: modulo 2^field_width, so that
/// every target has one, even where none is near enough. The addresses are those of the field's
/// first byte (of uleb_2 to uleb_4: that it counts from) and of what is named; `extra` as in
/// Reference.
inline std::uint32_t number_for(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
                                std::uint64_t target) {
  std::uint64_t number = 0;
  switch (kind) {
    case ReferenceKind::x86_branch:
    case ReferenceKind::x86_operand:
      number = target - (address + kReferenceSize + extra);
      break;
    case ReferenceKind::x86_absolute:
      number = target;
      break;
    case ReferenceKind::arm_branch26:
    case ReferenceKind::arm_branch19:
    case ReferenceKind::arm_branch14:
      number = (target - address) >> field::kWordBits;
      break;
    case ReferenceKind::arm_page:
      number = (target >> field::kPageBits) - (address >> field::kPageBits);
      break;
    case ReferenceKind::arm_low:
      number = (target & field::ones(field::kPageBits)) >> extra;
      break;
    case ReferenceKind::uleb_2:
    case ReferenceKind::uleb_3:
    case ReferenceKind::uleb_4:
      number = target - address;
      break;
  }
  return static_cast<std::uint32_t>(number) & field::ones(field_width(kind));
}
/// The address that such a number names, modulo 2^64: of arm_page the page's beginning, of arm_low
/// the lower 12 bits. In 32-bit code addresses are modulo 2^32, which is left to the caller.
inline std::uint64_t target_of(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
                               std::uint32_t number) {
  const std::uint64_t distance = field::extended(number, field_width(kind));
  switch (kind) {
    case ReferenceKind::x86_branch:
    case ReferenceKind::x86_operand:
      return address + kReferenceSize + extra + distance;
    case ReferenceKind::x86_absolute:
      return number;
    case ReferenceKind::arm_branch26:
    case ReferenceKind::arm_branch19:
    case ReferenceKind::arm_branch14:
      return address + (distance << field::kWordBits);
    case ReferenceKind::arm_page:
      return ((address >> field::kPageBits) + distance) << field::kPageBits;
    case ReferenceKind::arm_low:
      return (std::uint64_t{number} << extra) & field::ones(field::kPageBits);
    case ReferenceKind::uleb_2:
    case ReferenceKind::uleb_3:
    case ReferenceKind::uleb_4:
      return address + number;
  }
  return 0;
}

}  // namespace xppkg::delta
