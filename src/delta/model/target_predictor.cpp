#include "model/target_predictor.hpp"

#include <algorithm>
#include <bit>

namespace xppkg::delta {
namespace {

constexpr unsigned kMinExactLog = 10;
constexpr unsigned kMaxExactLog = 19;

// One entry for each 32 bytes of the program, within limits.
unsigned exact_log(const Program& program) {
  std::uint64_t size = 0;
  for (const Section& section : program.sections) size += section.size;
  return std::clamp(static_cast<unsigned>(std::bit_width(size >> 5)), kMinExactLog, kMaxExactLog);
}

}  // namespace

TargetPredictor::TargetPredictor(const AddressMap& map, Models models)
    : map_(map),
      exact_(
          std::make_unique_for_overwrite<Entry[]>(std::size_t{1} << exact_log(map.old_program()))),
      tags_(std::size_t{1} << exact_log(map.old_program())),
      filter_((std::size_t{1} << kFilterLog) / 64),
      shift_(64 - exact_log(map.old_program())),
      remembers_all_(models == Models::mixed) {
  for (auto& entries : near_) entries.fill({~std::uint64_t{0}, 0});
}

const TargetPredictor::Entry* TargetPredictor::near(std::uint64_t target) const {
  for (std::size_t i = 0; i < kNearSizes.size(); ++i) {
    const std::uint64_t area = target >> kNearSizes[i];
    const Entry& entry = near_[i][area & ((1u << kNearLog) - 1)];
    if (entry.target >> kNearSizes[i] == area) return &entry;
  }
  return nullptr;
}

std::uint64_t TargetPredictor::guessed(std::uint64_t target,
                                       const AddressMap::Mapped& mapped) const {
  if (!mapped.is_covered) {
    if (const Entry* other = near(target); other != nullptr) {
      return target + (other->actual - other->target);
    }
  }
  return mapped.address;
}

TargetPredictor::Prediction TargetPredictor::predict(std::uint64_t target) const {
  const AddressMap::Mapped mapped = map_.map(target);
  const Entry* entry = exact(target);
  return {entry != nullptr ? entry->actual : guessed(target, mapped), mapped.address,
          entry != nullptr, mapped.is_covered, mapped.old_offset};
}

void TargetPredictor::learn(std::uint64_t target, const Prediction& prediction,
                            std::uint64_t actual) {
  if (remembers_all_ || prediction.is_remembered || prediction.address != actual) {
    const std::size_t i = slot(target);
    exact_[i] = {target, actual};
    tags_[i] = tag(target);
    const std::size_t bit = filter_bit(target);
    filter_[bit / 64] |= 1ull << bit % 64;
  }
  if (prediction.is_covered) return;
  for (std::size_t k = 0; k < kNearSizes.size(); ++k) {
    near_[k][target >> kNearSizes[k] & ((1u << kNearLog) - 1)] = {target, actual};
  }
}

}  // namespace xppkg::delta
