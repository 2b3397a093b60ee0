#include "code/reference_field.hpp"

#include <array>

namespace xppkg::delta {
namespace {

/// Bits of the word that lie together.
struct Bits {
  unsigned width;
  unsigned lowest;
};

// By ReferenceKind.
constexpr std::array<unsigned, kReferenceKinds> kWidths{32, 32, 32, 26, 19, 14, 21, 12};
constexpr std::array<unsigned, kReferenceKinds> kLowest{0, 0, 0, 0, 5, 5, 0, 10};
// The field of arm_page is in two parts.
constexpr Bits kPageLow{2, 29};
constexpr Bits kPageHigh{19, 5};

constexpr unsigned kPageBits = 12;
constexpr unsigned kWordBits = 2;  // ARM instructions lie at multiples of four

constexpr std::uint32_t ones(unsigned width) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
}

constexpr std::uint32_t mask_of(Bits bits) {
  return ones(bits.width) << bits.lowest;
}

std::uint32_t read(std::uint32_t word, Bits bits) {
  return (word >> bits.lowest) & ones(bits.width);
}

std::uint32_t write(std::uint32_t word, Bits bits, std::uint32_t number) {
  return (word & ~mask_of(bits)) | ((number & ones(bits.width)) << bits.lowest);
}

Bits bits_of(ReferenceKind kind) {
  return {field_width(kind), kLowest[static_cast<std::size_t>(kind)]};
}

/// The number as a signed distance.
std::uint64_t extended(std::uint32_t number, unsigned width) {
  const unsigned unused = 64 - width;
  const auto top = static_cast<std::int64_t>(std::uint64_t{number} << unused);
  return static_cast<std::uint64_t>(top >> unused);
}

}  // namespace

unsigned field_width(ReferenceKind kind) {
  return kWidths[static_cast<std::size_t>(kind)];
}

std::uint32_t field_mask(ReferenceKind kind) {
  if (kind == ReferenceKind::arm_page) return mask_of(kPageHigh) | mask_of(kPageLow);
  return mask_of(bits_of(kind));
}

std::uint32_t field_of(std::uint32_t word, ReferenceKind kind) {
  if (kind != ReferenceKind::arm_page) return read(word, bits_of(kind));
  return (read(word, kPageHigh) << kPageLow.width) | read(word, kPageLow);
}

std::uint32_t with_field(std::uint32_t word, ReferenceKind kind, std::uint32_t number) {
  if (kind != ReferenceKind::arm_page) return write(word, bits_of(kind), number);
  return write(write(word, kPageLow, number), kPageHigh, number >> kPageLow.width);
}

std::uint32_t number_for(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
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
      number = (target - address) >> kWordBits;
      break;
    case ReferenceKind::arm_page:
      number = (target >> kPageBits) - (address >> kPageBits);
      break;
    case ReferenceKind::arm_low:
      number = (target & ones(kPageBits)) >> extra;
      break;
  }
  return static_cast<std::uint32_t>(number) & ones(field_width(kind));
}

std::uint64_t target_of(ReferenceKind kind, std::uint8_t extra, std::uint64_t address,
                        std::uint32_t number) {
  const std::uint64_t distance = extended(number, field_width(kind));
  switch (kind) {
    case ReferenceKind::x86_branch:
    case ReferenceKind::x86_operand:
      return address + kReferenceSize + extra + distance;
    case ReferenceKind::x86_absolute:
      return number;
    case ReferenceKind::arm_branch26:
    case ReferenceKind::arm_branch19:
    case ReferenceKind::arm_branch14:
      return address + (distance << kWordBits);
    case ReferenceKind::arm_page:
      return ((address >> kPageBits) + distance) << kPageBits;
    case ReferenceKind::arm_low:
      return (std::uint64_t{number} << extra) & ones(kPageBits);
  }
  return 0;
}

}  // namespace xppkg::delta
