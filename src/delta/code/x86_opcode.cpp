#include "x86_opcode.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint8_t kOperandPrefix = 0x66;
constexpr std::uint8_t kAddressPrefix = 0x67;
constexpr std::uint8_t kShortVex = 0xc5;
constexpr std::uint8_t kEvex = 0x62;

/// Reads an opcode from front to back.
template <X86Mode kMode>
class OpcodeReader {
 public:
  explicit OpcodeReader(const std::uint8_t* bytes) : bytes_(bytes) {}

  X86Opcode read() {
    X86Opcode opcode = read_after_prefixes();
    if ((opcode.form & kEscape) != 0) opcode.form = read_escaped(bytes_[at_ - 1]);
    opcode.size = static_cast<std::uint8_t>(at_);
    return opcode;
  }

 private:
  static constexpr bool k64 = kMode == X86Mode::bits_64;

  X86Opcode read_after_prefixes() {
    bool operand_is_16 = false;
    bool address_is_short = false;
    X86Opcode opcode = read_common();
    while ((opcode.form & (kPrefix | kRex)) != 0) {
      if (at_ > kMaxX86Instruction) return {};
      if ((opcode.form & kRex) != 0) {
        --at_;  // after another REX: the last one counts
      } else {
        operand_is_16 |= bytes_[at_ - 1] == kOperandPrefix;
        address_is_short |= bytes_[at_ - 1] == kAddressPrefix;
      }
      opcode = read_common();
    }
    const bool is_64 = opcode.operand_size == OperandSize::bits_64;
    if (operand_is_16 && !is_64) opcode.operand_size = OperandSize::bits_16;
    opcode.address_is_short = address_is_short;
    return opcode;
  }

  X86Opcode read_common() {
    const X86Opcode opcode = read_common_opcode<kMode>(bytes_ + at_);
    at_ += opcode.size;
    return opcode;
  }

  OpcodeForm read_escaped(std::uint8_t escape) {
    if (escape == 0x38 || escape == 0x3a) {
      ++at_;
      return escape == 0x38 ? kForm0F38 : kForm0F3A;
    }
    // In 32-bit code these are VEX and EVEX only where their old meaning has no memory operand.
    if (!k64 && bytes_[at_] < 0xc0) return kModRm;
    return read_vector_opcode(escape);
  }

  OpcodeForm read_vector_opcode(std::uint8_t escape) {
    const std::uint8_t payload = bytes_[at_++];
    unsigned map = 1;
    if (escape != kShortVex) {
      map = payload & (escape == kEvex ? 0x07 : 0x1f);
      at_ += escape == kEvex ? 2 : 1;
    }
    return form_in_map(map, bytes_[at_++]);
  }

  static OpcodeForm form_in_map(unsigned map, std::uint8_t opcode) {
    switch (map) {
      case 1: {
        const OpcodeForm form = opcode_maps<kMode>()[1][opcode];
        const bool is_vector = (form & kEscape) == 0 && (form & kImmediateMask) != kDistance;
        return is_vector ? form : kInvalid;
      }
      case 2:
      case 5:  // half-precision numbers, with EVEX
      case 6:
        return kForm0F38;
      case 3:
        return kForm0F3A;
      default:
        return kInvalid;
    }
  }

  const std::uint8_t* bytes_;
  unsigned at_ = 0;
};

}  // namespace

template <X86Mode kMode>
X86Opcode read_rare_opcode(const std::uint8_t* bytes) {
  return OpcodeReader<kMode>(bytes).read();
}
template X86Opcode read_rare_opcode<X86Mode::bits_32>(const std::uint8_t* bytes);
template X86Opcode read_rare_opcode<X86Mode::bits_64>(const std::uint8_t* bytes);

}  // namespace xppkg::delta
