#pragma once

#include <cstdint>
#include <vector>

#include "match/match_index.hpp"

namespace xppkg::delta {

/// Finds the longest stretch of an image that begins like given bytes. Takes four times the image
/// beside the image itself.
class SuffixIndex final : public MatchIndex {
 public:
  /// At most this many bytes: the sorter counts in 32 bits, and five times this is memory enough.
  static constexpr std::uint64_t kMaxImage = 1ull << 30;

  /// `image` must outlive the index. Sorting cannot be cancelled. Throws Error{internal}.
  explicit SuffixIndex(ByteView image);

  /// A longest match of the beginning of `wanted`, found in bounded time: a search is content with
  /// the first match of 32 KiB that it meets, and then takes all of it. Matches of less than two
  /// bytes are not found.
  [[nodiscard]] Match longest(ByteView wanted) const override;

  [[nodiscard]] ByteView image() const override { return image_; }

 private:
  void index_pairs();

  ByteView image_;
  std::vector<std::int32_t> sorted_;   // the suffixes of the image in order
  std::vector<std::uint32_t> first_;   // per pair of bytes: its first suffix in `sorted_`
  std::vector<std::uint32_t> beyond_;  // and the one after its last
};

}  // namespace xppkg::delta
