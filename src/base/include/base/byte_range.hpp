#pragma once

#include <cstdint>

namespace xppkg {

/// The bytes [begin, end) of a file or a buffer.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::uint64_t size() const { return end - begin; }
};

}  // namespace xppkg
