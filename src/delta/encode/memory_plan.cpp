#include "memory_plan.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "match/suffix_index.hpp"
#include "wire/format.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
// The program itself, and what its allocations leave unused.
constexpr std::uint64_t kFixed = 24 * kMiB;
// Memory of the old image with its index, and of a segment, as multiples of their sizes.
constexpr std::uint64_t kPerResident = 6;
constexpr std::uint64_t kPerSegment = 9;
// And what zstd takes, of its window: itself, and tables of up to three of its places. Up to level
// 19 these do not grow with windows beyond 8 MiB.
constexpr std::uint64_t kPerWindow = 13;
constexpr int kLastBoundLevel = 19;
constexpr std::uint64_t kBoundByLevel = 128 * kMiB;
constexpr std::uint64_t kLeastStretch = kMiB;
// The most memory, without a bound, for samples of old bytes that are not in memory.
constexpr std::uint64_t kSampleMemory = 256 * kMiB;
constexpr std::size_t kWindow = 32;

std::uint64_t size_of(std::span<const Input> parts) {
  std::uint64_t sum = 0;
  for (const Input& part : parts) sum += part.bytes->size();
  return sum;
}

std::uint64_t memory_for_segment(std::uint64_t size, int level) {
  const std::uint64_t window = std::min(std::bit_ceil(std::max<std::uint64_t>(size, 1)),
                                        std::uint64_t{1} << kEncoderWindowLog);
  const std::uint64_t zstd = kPerWindow * window;
  return kPerSegment * size + (level > kLastBoundLevel ? zstd : std::min(zstd, kBoundByLevel));
}

/// As dense as `memory` allows.
Sampling densest(std::uint64_t old_size, std::uint64_t memory) {
  Sampling sampling{kWindow, kWindow};
  while (SampleTable::memory(sampling, old_size) > memory) sampling.stride *= 2;
  return sampling;
}

[[noreturn]] void refuse() {
  throw Error(Code::usage_invalid, {{"reason",
                                     "this delta cannot be written in so little memory; "
                                     "64 MiB are enough for any"}});
}

class Planner {
 public:
  Planner(std::span<const Input> old_parts, std::span<const Input> new_parts,
          const EncodeOptions& options)
      : old_parts_(old_parts),
        new_parts_(new_parts),
        level_(options.level),
        most_threads_(std::max(options.threads, 1u)),
        budget_(options.memory > 0 ? options.memory : std::numeric_limits<std::uint64_t>::max()) {}

  MemoryPlan run() {
    if (budget_ < kFixed) refuse();
    std::uint64_t left = SuffixIndex::kMaxImage;
    split([&](std::uint64_t size) {
      if (size > left) return false;
      left -= size;
      return true;
    });
    plan_.largest_predicted = kMaxPredictedPart;
    // Nothing can be predicted without an old part in memory.
    if (plan_.resident.empty() && !plan_.remote.empty()) plan_.largest_predicted = 0;
    if (fits_with(kDeltaSegmentSize)) return std::move(plan_);
    split([](std::uint64_t) { return false; });
    plan_.largest_predicted = 0;
    for (std::uint64_t size = kDeltaSegmentSize; size >= kLeastStretch; size /= 2) {
      if (fits_with(size)) return std::move(plan_);
    }
    refuse();
  }

 private:
  template <typename IsResident>
  void split(const IsResident& is_resident) {
    plan_.resident.clear();
    plan_.remote.clear();
    for (const Input& part : old_parts_) {
      (is_resident(part.bytes->size()) ? plan_.resident : plan_.remote).push_back(part);
    }
  }

  bool fits_with(std::uint64_t stretch) {
    plan_.stretch = stretch;
    for (plan_.threads = most_threads_; plan_.threads > 0; --plan_.threads) {
      if (fits()) return true;
    }
    return false;
  }

  bool fits() {
    std::uint64_t predicted = 0;
    std::uint64_t large = 0;
    std::uint64_t largest = 0;  // of those that are predicted
    for (const Input& part : new_parts_) {
      const std::uint64_t size = part.bytes->size();
      (size > plan_.largest_predicted ? large : predicted) += size;
      if (size <= plan_.largest_predicted) largest = std::max(largest, size);
    }
    const std::uint64_t image = size_of(plan_.resident);
    const std::uint64_t segment =
        std::max(std::min(predicted, std::max(largest, kPredictedSegmentSize)),
                 std::min(large, plan_.stretch));
    const std::uint64_t work = kFixed + plan_.threads * memory_for_segment(segment, level_);
    const std::uint64_t need = std::max(kFixed + kPerResident * image, image + work);
    // A quarter is for samples, so that they are dense.
    if (need > (large == 0 ? budget_ : budget_ / 4 * 3)) return false;
    if (large == 0) return true;
    const std::uint64_t old_size = size_of(old_parts_);
    plan_.sampling = densest(old_size, std::min(kSampleMemory, budget_ - need));
    return true;
  }

  std::span<const Input> old_parts_;
  std::span<const Input> new_parts_;
  int level_;
  unsigned most_threads_;
  std::uint64_t budget_;
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(std::span<const Input> old_parts, std::span<const Input> new_parts,
                       const EncodeOptions& options) {
  return Planner(old_parts, new_parts, options).run();
}

}  // namespace xppkg::delta
