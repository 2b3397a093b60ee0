#include "wire/packed.hpp"

#include <array>
#include <cstdint>

namespace xppkg::delta {

bool is_packed(ByteView piece) {
  std::array<std::uint64_t, 256> counts{};
  for (const std::uint8_t byte : piece) ++counts[byte];
  // The chance that two bytes of the piece are equal: 1/256 for noise. Here at most a quarter more,
  // while that of code, text and tables is several times as much.
  std::uint64_t equal_pairs = 0;
  for (const std::uint64_t count : counts) equal_pairs += count * count;
  const std::uint64_t pairs = std::uint64_t{piece.size()} * piece.size();
  return equal_pairs * 256 * 4 <= pairs * 5;
}

}  // namespace xppkg::delta
