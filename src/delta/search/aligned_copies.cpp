#include "search/aligned_copies.hpp"

#include <algorithm>
#include <array>

namespace xppkg::delta {
namespace {

/// Differences take as long to read as modelled literals: not for many.
constexpr std::uint64_t kLargest = 8 * 1024 * 1024;
constexpr std::size_t kLeast = 1024;
constexpr std::size_t kSample = 16 * 1024;
/// So many old parts of the same size are looked at.
constexpr int kMostTried = 8;

/// How many bytes of a hundred differ from the old ones as they did after the same old bytes.
class Repetition {
 public:
  void sample(ByteView old_bytes, ByteView new_bytes) {
    for (std::size_t i = 1; i < new_bytes.size(); ++i) {
      const auto difference = static_cast<std::uint8_t>(new_bytes[i] - old_bytes[i]);
      std::uint8_t& last = last_[old_bytes[i] | std::size_t{old_bytes[i - 1]} << 8];
      if (last == difference) ++hits_;
      last = difference;
    }
    total_ += new_bytes.size();
  }
  [[nodiscard]] std::uint64_t percent() const { return total_ == 0 ? 0 : hits_ * 100 / total_; }

 private:
  std::vector<std::uint8_t> last_ = std::vector<std::uint8_t>(65536);
  std::uint64_t hits_ = 0;
  std::uint64_t total_ = 0;
};

/// Judged by samples at the beginning, in the middle and at the end.
std::uint64_t repetition(ByteView old_bytes, ByteView new_bytes) {
  Repetition found;
  const std::size_t size = std::min(kSample, new_bytes.size());
  const std::size_t last = new_bytes.size() - size;
  for (const std::size_t at : {std::size_t{0}, last / 2, last}) {
    found.sample(old_bytes.subspan(at, size), new_bytes.subspan(at, size));
  }
  return found.percent();
}

std::uint64_t literals_of(std::span<const Operation> operations) {
  std::uint64_t count = 0;
  for (const Operation& operation : operations) count += operation.literal;
  return count;
}

class Aligning {
 public:
  Aligning(const SegmentPlace& place, ByteView image)
      : old_borders_(borders(place.old_parts)), image_(image) {}

  /// Where the old bytes begin that stand for a part; nothing where none do.
  [[nodiscard]] std::optional<std::uint64_t> find(ByteView part) const {
    constexpr std::uint64_t kEnough = 50;
    std::optional<std::uint64_t> best;
    std::uint64_t most = kEnough;
    int tried = 0;
    const std::size_t old_parts = old_borders_.size() - 1;
    for (std::size_t i = 0; i < old_parts && tried < kMostTried; ++i) {
      const std::uint64_t begin = old_borders_[i];
      const std::uint64_t size = old_borders_[i + 1] - begin;
      const bool fits = size == part.size() || (old_parts == 1 && size >= kLeast);
      if (!fits || old_borders_[i + 1] > image_.size()) continue;
      ++tried;
      const auto common = static_cast<std::size_t>(std::min<std::uint64_t>(size, part.size()));
      const std::uint64_t percent =
          repetition(image_.subspan(static_cast<std::size_t>(begin), common), part.first(common));
      if (percent < most) continue;
      most = percent;
      best = begin;
    }
    return best;
  }

  /// One copy, and what the old part is too short for.
  [[nodiscard]] std::vector<Operation> copy(std::uint64_t begin, std::uint64_t size) const {
    const auto end = std::ranges::upper_bound(old_borders_, begin);
    const std::uint64_t common = std::min(size, *end - begin);
    std::vector<Operation> operations{{0, common, begin}};
    if (common < size) operations.push_back({size - common, 0, 0});
    return operations;
  }

 private:
  std::vector<std::uint64_t> old_borders_;
  ByteView image_;
};

}  // namespace

std::optional<PartOperations> align_parts(const SegmentPlace& place, ByteView image,
                                          const PartOperations& matched, ByteView new_bytes) {
  const Aligning aligning(place, image);
  PartOperations result = matched;
  bool is_any = false;
  std::uint64_t left = kLargest;
  std::size_t at = 0;
  for (std::vector<Operation>& part : result) {
    std::uint64_t size = 0;
    for (const Operation& operation : part) size += operation.literal + operation.copy;
    const ByteView bytes = new_bytes.subspan(at, static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(size);
    if (size < kLeast || size > left || literals_of(part) * 2 < size) continue;
    const auto begin = aligning.find(bytes);
    if (!begin) continue;
    part = aligning.copy(*begin, size);
    left -= size;
    is_any = true;
  }
  if (!is_any) return std::nullopt;
  return result;
}

}  // namespace xppkg::delta
