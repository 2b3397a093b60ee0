#include <algorithm>

#include "reference_field.hpp"
#include "references.hpp"
#include "x86_instruction.hpp"

namespace xppkg::delta {
namespace {

/// Takes the references out of instructions, one after the other.
class Collector {
 public:
  Collector(ByteView code, std::uint64_t address, X86Mode mode, std::vector<Reference>& out)
      : code_(code),
        address_(address),
        target_mask_(mode == X86Mode::bits_64 ? ~std::uint64_t{0} : 0xffffffff),
        has_absolutes_(mode == X86Mode::bits_32),
        out_(out) {}

  void take(std::size_t at, const X86Instruction& found) {
    if (found.displacement != 0) {
      take(at, found, found.displacement, found.displacement_is_relative,
           ReferenceKind::x86_operand);
    }
    if (found.immediate != 0) {
      take(at, found, found.immediate, found.immediate_is_relative, ReferenceKind::x86_branch);
    }
  }

 private:
  void take(std::size_t at, const X86Instruction& found, std::size_t within, bool is_relative,
            ReferenceKind relative_kind) {
    if (!is_relative && !has_absolutes_) return;
    const std::size_t place = at + within;
    const ReferenceKind kind = is_relative ? relative_kind : ReferenceKind::x86_absolute;
    const auto extra = static_cast<std::uint8_t>(found.length - within - kReferenceSize);
    const std::uint64_t target = target_of(kind, extra, address_ + place, word_at(code_, place));
    out_.push_back({static_cast<std::uint32_t>(place), kind, extra, target & target_mask_});
  }

  ByteView code_;
  std::uint64_t address_;
  std::uint64_t target_mask_;
  bool has_absolutes_;
  std::vector<Reference>& out_;
};

void sweep(ByteView code, std::uint64_t address, std::size_t from, std::size_t to, X86Mode mode,
           std::vector<Reference>& out) {
  Collector collector(code, address, mode, out);
  const std::size_t end = std::min(to, code.size());
  for (std::size_t at = 0; at < end;) {
    const std::optional<X86Instruction> found = decode_x86(code.subspan(at), mode);
    if (found && at >= from) collector.take(at, *found);
    at += found ? std::size_t{found->length} : 1;
  }
}

}  // namespace

void find_x86_64_references(ByteView code, std::uint64_t address, std::size_t from, std::size_t to,
                            std::vector<Reference>& out) {
  sweep(code, address, from, to, X86Mode::bits_64, out);
}

void find_x86_references(ByteView code, std::uint64_t address, std::size_t from, std::size_t to,
                         std::vector<Reference>& out) {
  sweep(code, address, from, to, X86Mode::bits_32, out);
}

}  // namespace xppkg::delta
