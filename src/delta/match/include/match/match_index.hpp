#pragma once

#include "base/bytes.hpp"

namespace xppkg::delta {

/// A place where the old image equals the new stream.
struct Match {
  std::size_t position = 0;
  std::size_t length = 0;
};

/// Finds where an old image, which outlives it, begins like given bytes.
class MatchIndex {
 public:
  virtual ~MatchIndex() = default;

  /// A long match of the beginning of `wanted`, found in bounded time; of length 0 if there is none
  /// that is worth telling.
  [[nodiscard]] virtual Match longest(ByteView wanted) const = 0;
  [[nodiscard]] virtual ByteView image() const = 0;
};

/// How many bytes the two have in common from their beginnings on.
std::size_t common_length(ByteView a, ByteView b);

}  // namespace xppkg::delta
