#include "x86_instruction.hpp"

#include <algorithm>

#include "x86_opcodes.hpp"

namespace xppkg::delta {
namespace {

/// Reads one instruction from front to back. Bytes past the end are read as zeros, and that they
/// were is seen at the end.
template <X86Mode kMode>
class Decoder {
 public:
  explicit Decoder(ByteView code)
      : data_(code.data()), size_(std::min(code.size(), kMaxX86Instruction)) {}

  std::optional<X86Instruction> decode() {
    const unsigned form = form_of(read_prefixes());
    if ((form & kInvalid) != 0) return std::nullopt;
    if ((form & kModRm) != 0) read_operand();
    if ((form & kAnyImmediate) != 0) read_immediates(form);
    if (at_ > size_) return std::nullopt;
    found_.length = static_cast<std::uint8_t>(at_);
    return found_;
  }

 private:
  static constexpr bool k64 = kMode == X86Mode::bits_64;
  static constexpr const OpcodeMap& kMap = k64 ? kOneByteMap64 : kOneByteMap32;
  static constexpr unsigned kAnyImmediate = kByte | kWord | kSized | kWide | kAddress;

  std::uint8_t next() {
    const std::uint8_t byte = at_ < size_ ? data_[at_] : std::uint8_t{0};
    ++at_;
    return byte;
  }

  /// Gives the first byte that is no prefix.
  std::uint8_t read_prefixes() {
    for (;;) {
      const std::uint8_t byte = next();
      const unsigned form = kMap[byte];
      if ((form & (kPrefix | kRex)) == 0) return byte;
      if ((form & kRex) != 0) {
        operand_is_64_ = (byte & 8) != 0;
        continue;
      }
      operand_is_64_ = false;  // REX counts only right before the opcode
      operand_prefix_ |= byte == 0x66;
      address_prefix_ |= byte == 0x67;
    }
  }

  unsigned form_of(std::uint8_t opcode) {
    const unsigned form = kMap[opcode];
    if ((form & kEscape) == 0) return form;
    if (opcode == 0x0f) return two_byte_form();
    // In 32-bit code these are VEX and EVEX only where their old meaning has no memory operand.
    if (!k64 && (at_ >= size_ || data_[at_] < 0xc0)) return kModRm;
    return vector_form(opcode);
  }

  unsigned two_byte_form() {
    const std::uint8_t opcode = next();
    const unsigned form = kTwoByteMap[opcode];
    if ((form & kEscape) == 0) return form;
    next();
    return opcode == 0x38 ? kForm0F38 : kForm0F3A;
  }

  unsigned vector_form(std::uint8_t escape) {
    constexpr std::uint8_t kShortVex = 0xc5;
    constexpr std::uint8_t kEvex = 0x62;
    const std::uint8_t payload = next();
    unsigned map = 1;
    if (escape != kShortVex) {
      map = payload & (escape == kEvex ? 0x07 : 0x1f);
      at_ += escape == kEvex ? 2 : 1;
    }
    return form_in_map(map, next());
  }

  static unsigned form_in_map(unsigned map, std::uint8_t opcode) {
    switch (map) {
      case 1: {
        const unsigned form = kTwoByteMap[opcode];
        return (form & (kEscape | kRelative)) == 0 ? form : unsigned{kInvalid};
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

  void read_operand() {
    const std::uint8_t mod_rm = next();
    middle_ = (mod_rm >> 3) & 7;
    const unsigned mod = mod_rm >> 6;
    if (mod == 3) return;
    if (!k64 && address_prefix_) return read_small_displacement(mod, mod_rm & 7);
    const bool has_index = (mod_rm & 7) == 4;
    const unsigned base = has_index ? next() & 7 : mod_rm & 7;
    if (mod == 1) {
      ++at_;
    } else if (mod == 2 || base == 5) {
      found_.displacement = static_cast<std::uint8_t>(at_);
      found_.displacement_is_relative = k64 && mod == 0 && !has_index;
      at_ += 4;
    }
  }

  void read_small_displacement(unsigned mod, unsigned base) {
    if (mod == 1) at_ += 1;
    if (mod == 2 || (mod == 0 && base == 6)) at_ += 2;
  }

  void read_immediates(unsigned form) {
    if ((form & kTestGroup) != 0 && middle_ > 1) return;
    if ((form & (kSized | kWide)) != 0) read_sized(form);
    if ((form & kAddress) != 0) pass_immediate((k64 ? 8 : 4) >> (address_prefix_ ? 1 : 0));
    if ((form & kWord) != 0) at_ += 2;
    if ((form & kByte) != 0) at_ += 1;
  }

  void read_sized(unsigned form) {
    found_.immediate_is_relative = (form & kRelative) != 0;
    if (operand_is_64_) return pass_immediate((form & kWide) != 0 ? 8 : 4);
    // 64-bit code has no jumps of 16 bits: the prefix is passed over.
    const bool is_16 = operand_prefix_ && !(k64 && found_.immediate_is_relative);
    pass_immediate(is_16 ? 2 : 4);
  }

  void pass_immediate(unsigned width) {
    if (width == 4) found_.immediate = static_cast<std::uint8_t>(at_);
    at_ += width;
  }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
  unsigned middle_ = 0;  // bits 3 to 5 of ModRM
  bool operand_prefix_ = false;
  bool address_prefix_ = false;
  bool operand_is_64_ = false;
  X86Instruction found_;
};

}  // namespace

std::optional<X86Instruction> decode_x86(ByteView code, X86Mode mode) {
  return mode == X86Mode::bits_64 ? Decoder<X86Mode::bits_64>(code).decode()
                                  : Decoder<X86Mode::bits_32>(code).decode();
}

}  // namespace xppkg::delta
