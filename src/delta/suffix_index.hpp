#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// Where the old image says the same as the new stream.
struct Match {
  std::size_t position = 0;
  std::size_t length = 0;
};

/// Finds the longest stretch of an image that begins like given bytes. Takes four times the image
/// beside the image itself.
class SuffixIndex {
 public:
  /// At most this many bytes: the sorter counts in 32 bits, and five times this is memory enough.
  static constexpr std::uint64_t kMaxImage = 1ull << 30;

  /// `image` must outlive the index. Sorting cannot be cancelled. Throws Error{internal}.
  explicit SuffixIndex(ByteView image);

  /// A longest match of the beginning of `wanted`, found in bounded time: a search is content with
  /// the first match of 32 KiB that it meets, and then takes all of it. Matches of less than two
  /// bytes are not found.
  [[nodiscard]] Match longest(ByteView wanted) const;

  [[nodiscard]] ByteView image() const { return image_; }

 private:
  void index_pairs();

  ByteView image_;
  std::vector<std::int32_t> sorted_;   // the suffixes of the image in order
  std::vector<std::uint32_t> first_;   // per pair of bytes: its first suffix in `sorted_`
  std::vector<std::uint32_t> beyond_;  // and the one after its last
};

/// How many bytes the two have in common from their beginnings on.
std::size_t common_length(ByteView a, ByteView b);

}  // namespace xppkg::delta
