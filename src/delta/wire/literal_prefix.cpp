#include "wire/literal_prefix.hpp"

#include <array>

#include "wire/format.hpp"

namespace xppkg::delta {

LiteralPrefix read_literal_prefix(const RandomReader& payload, std::uint64_t offset,
                                  std::uint64_t length, std::uint64_t image_size) {
  if (length <= kPrefixFieldSize) corrupt("literals without a frame after their prefix", offset);
  std::array<std::uint8_t, kPrefixFieldSize> bytes{};
  payload.read_at(offset, bytes);
  ByteReader reader(bytes);
  const LiteralPrefix prefix{reader.u64(), reader.u32()};
  if (prefix.size == 0 || prefix.size > kMaxPrefix) corrupt("a prefix of a wrong size", offset);
  if (prefix.begin > image_size || prefix.size > image_size - prefix.begin) {
    corrupt("a prefix past the end of the old image", offset);
  }
  return prefix;
}

void write_literal_prefix(ByteWriter& writer, const LiteralPrefix& prefix) {
  writer.u64(prefix.begin);
  writer.u32(static_cast<std::uint32_t>(prefix.size));
}

}  // namespace xppkg::delta
