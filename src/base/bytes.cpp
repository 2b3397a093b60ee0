#include "base/bytes.hpp"

#include <fmt/format.h>

#include "xppkg/error.hpp"

namespace xppkg {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

[[noreturn]] void past_end(std::uint64_t offset, const char* reason) {
  throw Error(Code::corrupt_payload, {{"offset", fmt::to_string(offset)}, {"reason", reason}});
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = nibble(hex[i]);
    const int low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) break;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (bytes.size() * 2 != hex.size()) {
    throw Error(Code::trust_malformed, {{"reason", "not lower-case hex of even length"}});
  }
  return bytes;
}

template <typename T>
T ByteReader::little_endian() {
  const ByteView field = take(sizeof(T));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::uint64_t{field[i]} << (8 * i);
  return static_cast<T>(value);
}

std::uint8_t ByteReader::u8() {
  return little_endian<std::uint8_t>();
}
std::uint16_t ByteReader::u16() {
  return little_endian<std::uint16_t>();
}
std::uint32_t ByteReader::u32() {
  return little_endian<std::uint32_t>();
}
std::uint64_t ByteReader::u64() {
  return little_endian<std::uint64_t>();
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = u8();
    const std::uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) past_end(offset_, "a number over 64 bits");
    value |= bits << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift != 0) past_end(offset_, "a number not in its shortest form");
    return value;
  }
  past_end(offset_, "a number over 64 bits");
}

ByteView ByteReader::take(std::uint64_t size) {
  if (size > left()) past_end(offset_, "the data ends too early");
  const ByteView view = bytes_.subspan(offset_, size);
  offset_ += size;
  return view;
}

void ByteWriter::varint(std::uint64_t value) {
  while (value >= 0x80) {
    u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  u8(static_cast<std::uint8_t>(value));
}

void ByteWriter::little_endian(std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace xppkg
