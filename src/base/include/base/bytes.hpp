#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xppkg {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

/// Lower-case hex, two digits a byte.
std::string to_hex(ByteView bytes);
/// The inverse; only lower case and even length. Throws Error{trust_malformed}.
Bytes from_hex(std::string_view hex);

/// Reads little-endian fields from a buffer and can never read past its end. The buffer must
/// outlive the reader. Throws Error{corrupt_payload} with the fact "offset".
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  /// LEB128, shortest form only, at most 10 bytes.
  std::uint64_t varint();
  /// `size` bytes as a view into the buffer.
  ByteView take(std::uint64_t size);

  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t left() const { return bytes_.size() - offset_; }

 private:
  template <typename T>
  T little_endian();

  ByteView bytes_;
  std::uint64_t offset_ = 0;
};

/// Appends little-endian fields to a buffer it owns.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { little_endian(value, 2); }
  void u32(std::uint32_t value) { little_endian(value, 4); }
  void u64(std::uint64_t value) { little_endian(value, 8); }
  void varint(std::uint64_t value);
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void little_endian(std::uint64_t value, int size);

  Bytes bytes_;
};

}  // namespace xppkg
