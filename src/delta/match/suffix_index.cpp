#include "match/suffix_index.hpp"

#include <divsufsort.h>

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kPairs = 256 * 256;
constexpr std::size_t kLongEnough = 32 * 1024;

std::size_t pair_at(ByteView bytes, std::size_t position) {
  return std::size_t{bytes[position]} * 256 + bytes[position + 1];
}

}  // namespace

SuffixIndex::SuffixIndex(ByteView image)
    : image_(image), sorted_(image.size()), first_(kPairs), beyond_(kPairs) {
  if (image.empty()) return;
  if (image.size() > kMaxImage) {
    throw Error(Code::internal, {{"reason", "the old image cannot be sorted"}});
  }
  if (divsufsort(image.data(), sorted_.data(), static_cast<std::int32_t>(image.size())) != 0) {
    throw Error(Code::process_limit, {{"cause", "no memory"}});
  }
  index_pairs();
}

void SuffixIndex::index_pairs() {
  for (std::size_t i = 0; i + 1 < image_.size(); ++i) ++beyond_[pair_at(image_, i)];
  std::uint32_t before = 0;
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    // The last byte alone is a suffix too; it comes before all pairs that begin with it.
    if (pair == std::size_t{image_.back()} * 256) ++before;
    first_[pair] = before;
    before += beyond_[pair];
    beyond_[pair] = before;
  }
}

Match SuffixIndex::longest(ByteView wanted) const {
  Match best;
  if (wanted.size() < 2) return best;
  const ByteView start = wanted.first(std::min(wanted.size(), kLongEnough));
  std::size_t low = first_[pair_at(wanted, 0)];
  std::size_t high = beyond_[pair_at(wanted, 0)];
  std::size_t low_common = 2;
  std::size_t high_common = 2;
  while (low < high && best.length < start.size()) {
    const std::size_t middle = low + (high - low) / 2;
    const auto position = static_cast<std::size_t>(sorted_[middle]);
    // Everything between two borders shares the prefix that both have in common with `wanted`.
    const std::size_t known = std::min(low_common, high_common);
    const ByteView suffix = image_.subspan(position);
    const std::size_t length = known + common_length(suffix.subspan(known), start.subspan(known));
    if (length > best.length) best = {position, length};
    const bool suffix_is_less =
        length == suffix.size() || (length < start.size() && suffix[length] < start[length]);
    (suffix_is_less ? low : high) = suffix_is_less ? middle + 1 : middle;
    (suffix_is_less ? low_common : high_common) = length;
  }
  if (best.length == start.size()) {
    best.length = common_length(image_.subspan(best.position), wanted);
  }
  return best;
}

}  // namespace xppkg::delta
