#include "match/match_index.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace xppkg::delta {

std::size_t common_length(ByteView a, ByteView b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t length = 0;
  for (; length + sizeof(std::uint64_t) <= most; length += sizeof(std::uint64_t)) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, a.data() + length, sizeof left);
    std::memcpy(&right, b.data() + length, sizeof right);
    if (left != right) break;
  }
  while (length < most && a[length] == b[length]) ++length;
  return length;
}

}  // namespace xppkg::delta
