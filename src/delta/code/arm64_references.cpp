#include <array>

#include "arm64_registers.hpp"
#include "code/reference_field.hpp"
#include "code/references.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kWord = 4;
constexpr std::uint64_t kPage = 4096;

constexpr bool is(std::uint32_t word, std::uint32_t mask, std::uint32_t value) {
  return (word & mask) == value;
}

/// The part of a reference that an instruction may be, by its uppermost byte.
enum class Family : std::uint8_t { other, page, add, access, branch26, branch19, branch14 };

constexpr Family family_of_byte(std::uint32_t byte) {
  const std::uint32_t word = byte << 24;
  if (is(word, 0x9f000000, 0x90000000)) return Family::page;      // ADRP
  if (is(word, 0xff000000, 0x91000000)) return Family::add;       // ADD; a shifted one too
  if (is(word, 0x3b000000, 0x39000000)) return Family::access;    // LDR, STR with unsigned offset
  if (is(word, 0x7c000000, 0x14000000)) return Family::branch26;  // B, BL
  if (is(word, 0xff000000, 0x54000000)) return Family::branch19;  // B.cond, BC.cond
  if (is(word, 0x7e000000, 0x34000000)) return Family::branch19;  // CBZ, CBNZ
  if (is(word, 0x3b000000, 0x18000000)) return Family::branch19;  // LDR literal
  if (is(word, 0x7e000000, 0x36000000)) return Family::branch14;  // TBZ, TBNZ
  return Family::other;
}

Family family_of(std::uint32_t word) {
  static constexpr std::array<Family, 256> kFamilies = [] {
    std::array<Family, 256> families{};
    for (std::uint32_t byte = 0; byte < families.size(); ++byte) {
      families[byte] = family_of_byte(byte);
    }
    return families;
  }();
  return kFamilies[word >> 24];
}

bool is_shifted_add(std::uint32_t word) {
  return !is(word, 0x00c00000, 0);
}

/// The scale of the offset of a load or store, as a power of two.
std::uint8_t access_scale(std::uint32_t word) {
  const std::uint32_t size = word >> 30;
  const bool is_quad = is(word, 0xc4800000, 0x04800000);  // a vector of 128 bits
  return static_cast<std::uint8_t>(is_quad ? 4 : size);
}

/// Follows which registers hold a page, from one instruction to the next.
class Collector {
 public:
  Collector(std::uint64_t address, std::vector<Reference>& out) : address_(address), out_(out) {}

  /// The next instruction. If it is not `wanted`, it only tells what registers hold.
  void take(std::size_t place, std::uint32_t word, bool wanted) {
    switch (family_of(word)) {
      case Family::page:
        return take_page(place, word, wanted);
      case Family::add:
        if (!is_shifted_add(word)) take_low(place, word, 0, wanted);
        break;
      case Family::access:
        take_low(place, word, access_scale(word), wanted);
        break;
      case Family::branch26:
        take_branch(place, word, ReferenceKind::arm_branch26, wanted);
        break;
      case Family::branch19:
        take_branch(place, word, ReferenceKind::arm_branch19, wanted);
        break;
      case Family::branch14:
        take_branch(place, word, ReferenceKind::arm_branch14, wanted);
        break;
      case Family::other:
        break;
    }
    if (live_ != 0) forget(changed_registers(word));
  }

  /// Whether a page that was wanted may still become a whole address.
  [[nodiscard]] bool awaits_low() const { return awaited_ != 0; }

 private:
  struct Page {
    std::uint64_t address = 0;
    std::size_t index = 0;  // of its reference in `out`, while awaited
  };

  void take_page(std::size_t place, std::uint32_t word, bool wanted) {
    const std::size_t number = word & 31;
    const Arm64Registers holder = (Arm64Registers{1} << number) & kAllRegisters;
    const std::uint64_t page = named(place, word, ReferenceKind::arm_page);
    forget(holder);
    pages_[number] = {page, out_.size()};
    live_ |= holder;
    if (!wanted) return;
    awaited_ |= holder;
    append(place, ReferenceKind::arm_page, 0, page);
  }

  void take_low(std::size_t place, std::uint32_t word, std::uint8_t scale, bool wanted) {
    const std::size_t number = (word >> 5) & 31;
    const Arm64Registers holder = Arm64Registers{1} << number;
    if ((live_ & holder) == 0) return;
    const std::uint64_t offset = std::uint64_t{field_of(word, ReferenceKind::arm_low)} << scale;
    if (offset >= kPage) return;  // of something larger than a page, not of the address
    const std::uint64_t target = pages_[number].address + offset;
    if ((awaited_ & holder) != 0) out_[pages_[number].index].target = target;
    awaited_ &= ~holder;
    if (wanted) append(place, ReferenceKind::arm_low, scale, target);
  }

  void take_branch(std::size_t place, std::uint32_t word, ReferenceKind kind, bool wanted) {
    if (wanted) append(place, kind, 0, named(place, word, kind));
  }

  void forget(Arm64Registers changed) {
    live_ &= ~changed;
    awaited_ &= ~changed;
  }

  [[nodiscard]] std::uint64_t named(std::size_t place, std::uint32_t word,
                                    ReferenceKind kind) const {
    return target_of(kind, 0, address_ + place, field_of(word, kind));
  }

  void append(std::size_t place, ReferenceKind kind, std::uint8_t extra, std::uint64_t target) {
    out_.push_back({static_cast<std::uint32_t>(place), kind, extra, target});
  }

  std::uint64_t address_;
  std::vector<Reference>& out_;
  std::array<Page, 32> pages_{};
  Arm64Registers live_ = 0;     // hold a page
  Arm64Registers awaited_ = 0;  // of these, nothing was added to yet, and the page was wanted
};

}  // namespace

std::size_t find_arm64_references(ByteView code, std::uint64_t address, std::size_t from,
                                  std::size_t to, std::vector<Reference>& out) {
  Collector collector(address, out);
  for (std::size_t at = 0; at + kWord <= code.size(); at += kWord) {
    if (at >= to && !collector.awaits_low()) break;
    collector.take(at, word_at(code, at), at >= from && at < to);
  }
  return (to + kWord - 1) / kWord * kWord;
}

}  // namespace xppkg::delta
