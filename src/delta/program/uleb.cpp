#include "uleb.hpp"

#include <algorithm>

namespace xppkg::delta {

std::optional<Uleb> read_uleb(ByteView bytes, std::size_t place) {
  constexpr std::size_t kMostBytes = 9;
  const std::size_t most = std::min(kMostBytes, bytes.size() - place);
  Uleb number;
  while (number.size < most) {
    const std::uint8_t byte = bytes[place + number.size];
    number.value |= std::uint64_t{byte & 0x7fu} << 7 * number.size;
    ++number.size;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

}  // namespace xppkg::delta
