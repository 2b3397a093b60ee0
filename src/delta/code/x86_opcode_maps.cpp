#include "x86_opcode_maps.hpp"

namespace xppkg::delta {
namespace {

constexpr void set(OpcodeMap& map, unsigned first, unsigned last, OpcodeForm form) {
  for (unsigned opcode = first; opcode <= last; ++opcode) {
    map[opcode] = form;
  }
}

constexpr void set(OpcodeMap& map, unsigned opcode, OpcodeForm form) {
  set(map, opcode, opcode, form);
}

/// ADD, OR, ADC, SBB, AND, SUB, XOR, CMP: eight opcodes each, of which the last two differ.
constexpr void set_arithmetic(OpcodeMap& map) {
  for (unsigned row = 0x00; row < 0x40; row += 8) {
    set(map, row, row + 3, kModRm);
    set(map, row + 4, kByte);
    set(map, row + 5, kSized);
  }
  for (const unsigned segment : {0x26u, 0x2eu, 0x36u, 0x3eu}) set(map, segment, kPrefix);
  set(map, 0x0f, kEscape);
}

constexpr void set_lower_half(OpcodeMap& map) {
  set_arithmetic(map);
  set(map, 0x62, kEscape);  // EVEX or BOUND
  set(map, 0x63, kModRm);
  set(map, 0x64, 0x67, kPrefix);
  set(map, 0x68, kSized);
  set(map, 0x69, kModRm | kSized);
  set(map, 0x6a, kByte);
  set(map, 0x6b, kModRm | kByte);
  set(map, 0x70, 0x7f, kByte);
}

constexpr void set_upper_half(OpcodeMap& map) {
  set(map, 0x80, 0x83, kModRm | kByte);
  set(map, 0x81, kModRm | kSized);
  set(map, 0x84, 0x8f, kModRm);
  set(map, 0xa0, 0xa3, kAddress);
  set(map, 0xa8, kByte);
  set(map, 0xa9, kSized);
  set(map, 0xb0, 0xb7, kByte);
  set(map, 0xb8, 0xbf, kWide);
  set(map, 0xc0, 0xc1, kModRm | kByte);
  set(map, 0xc2, kWord);
  set(map, 0xc4, 0xc5, kEscape);  // VEX, or LES and LDS
  set(map, 0xc6, kModRm | kByte);
  set(map, 0xc7, kModRm | kSized);
  set(map, 0xc8, kEnter);
  set(map, 0xca, kWord);
  set(map, 0xcd, kByte);
  set(map, 0xd0, 0xd3, kModRm);
  set(map, 0xd6, kInvalid);
  set(map, 0xd8, 0xdf, kModRm);
  set(map, 0xe0, 0xe7, kByte);
  set(map, 0xe8, 0xe9, kDistance);
  set(map, 0xeb, kByte);
  set(map, 0xf0, kPrefix);
  set(map, 0xf2, 0xf3, kPrefix);
  set(map, 0xf6, kModRm | kByte | kTestGroup);
  set(map, 0xf7, kModRm | kSized | kTestGroup);
  set(map, 0xfe, 0xff, kModRm);
}

constexpr OpcodeMap one_byte_map_32() {
  OpcodeMap map{};
  set_lower_half(map);
  set_upper_half(map);
  set(map, 0x9a, kFar);  // far CALL
  set(map, 0xd4, 0xd5, kByte);
  set(map, 0xea, kFar);  // far JMP
  return map;
}

constexpr OpcodeMap one_byte_map_64() {
  OpcodeMap map{};
  set_lower_half(map);
  set_upper_half(map);
  set(map, 0x40, 0x4f, kRex);
  for (const unsigned gone : {0x06u, 0x07u, 0x0eu, 0x16u, 0x17u, 0x1eu, 0x1fu, 0x27u, 0x2fu, 0x37u,
                              0x3fu, 0x60u, 0x61u, 0x82u, 0x9au, 0xceu, 0xd4u, 0xd5u, 0xeau}) {
    set(map, gone, kInvalid);
  }
  return map;
}

constexpr OpcodeMap two_byte_map() {
  OpcodeMap map{};
  set(map, 0x00, 0xff, kModRm);
  set(map, 0x04, 0x0c, kNone);
  for (const unsigned none : {0x04u, 0x0au, 0x0cu, 0x36u, 0x39u, 0xa6u, 0xa7u})
    set(map, none, kInvalid);
  set(map, 0x0e, kNone);
  set(map, 0x0f, kModRm | kByte);  // 3DNow!, whose opcode stands where the immediate does
  set(map, 0x24, 0x27, kInvalid);
  set(map, 0x30, 0x35, kNone);
  set(map, 0x37, kNone);
  set(map, 0x38, kEscape);
  set(map, 0x3a, kEscape);
  set(map, 0x3b, 0x3f, kInvalid);
  set(map, 0x70, 0x73, kModRm | kByte);
  set(map, 0x77, kNone);
  set(map, 0x80, 0x8f, kDistance);
  set(map, 0xa0, 0xa2, kNone);
  set(map, 0xa4, kModRm | kByte);
  set(map, 0xa8, 0xaa, kNone);
  set(map, 0xac, kModRm | kByte);
  set(map, 0xba, kModRm | kByte);
  set(map, 0xc2, kModRm | kByte);
  set(map, 0xc4, 0xc6, kModRm | kByte);
  set(map, 0xc8, 0xcf, kNone);
  return map;
}

}  // namespace

constexpr OpcodeMaps kOpcodes32{one_byte_map_32(), two_byte_map()};
constexpr OpcodeMaps kOpcodes64{one_byte_map_64(), two_byte_map()};

}  // namespace xppkg::delta
