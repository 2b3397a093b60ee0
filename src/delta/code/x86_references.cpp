#include <algorithm>

#include "code/reference_field.hpp"
#include "code/references.hpp"
#include "x86_instruction.hpp"

namespace xppkg::delta {
namespace {

/// Takes the references out of instructions, one after the other.
template <X86Mode kMode>
class Collector {
 public:
  Collector(ByteView code, std::uint64_t address, std::vector<Reference>& out)
      : code_(code), address_(address), out_(out) {}

  void take(std::size_t at, const X86Instruction& found) {
    if (is_reference(found.displacement, found.displacement_is_relative)) {
      append(at + found.displacement, at + found.length,
             found.displacement_is_relative ? ReferenceKind::x86_operand
                                            : ReferenceKind::x86_absolute);
    }
    if (is_reference(found.immediate, found.immediate_is_relative)) {
      append(at + found.immediate, at + found.length,
             found.immediate_is_relative ? ReferenceKind::x86_branch : ReferenceKind::x86_absolute);
    }
  }

 private:
  static constexpr bool k64 = kMode == X86Mode::bits_64;
  static constexpr std::uint64_t kTargetMask = k64 ? ~std::uint64_t{0} : 0xffffffff;

  /// Judges a number that lies at `within`; 0: there is none.
  static bool is_reference(unsigned within, bool is_relative) {
    // In 64-bit code every relative number has 32 bits, and no absolute address has.
    return k64 ? is_relative : within != 0;
  }

  void append(std::size_t place, std::size_t end, ReferenceKind kind) {
    const auto extra = static_cast<std::uint8_t>(end - place - kReferenceSize);
    const std::uint64_t target = target_of(kind, extra, address_ + place, word_at(code_, place));
    out_.push_back({static_cast<std::uint32_t>(place), kind, extra, target & kTargetMask});
  }

  ByteView code_;
  std::uint64_t address_;
  std::vector<Reference>& out_;
};

template <X86Mode kMode>
std::size_t sweep(ByteView code, std::uint64_t address, std::size_t from, std::size_t to,
                  std::vector<Reference>& out) {
  Collector<kMode> collector(code, address, out);
  const std::size_t end = std::min(to, code.size());
  std::size_t at = 0;
  const auto step = [&](const X86Instruction& found) {
    if (at >= from) collector.take(at, found);
    at += std::max(found.length, 1u);
  };
  while (at < end && at + kX86ReadAhead <= code.size()) step(decode_x86<kMode>(&code[at]));
  while (at < end) step(decode_x86<kMode>(code.subspan(at)));
  return at;
}

}  // namespace

std::size_t find_x86_64_references(ByteView code, std::uint64_t address, std::size_t from,
                                   std::size_t to, std::vector<Reference>& out) {
  return sweep<X86Mode::bits_64>(code, address, from, to, out);
}

std::size_t find_x86_references(ByteView code, std::uint64_t address, std::size_t from,
                                std::size_t to, std::vector<Reference>& out) {
  return sweep<X86Mode::bits_32>(code, address, from, to, out);
}

}  // namespace xppkg::delta
