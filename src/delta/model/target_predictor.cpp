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

TargetPredictor::TargetPredictor(const AddressMap& map)
    : map_(map),
      exact_(std::size_t{1} << exact_log(map.old_program())),
      shift_(64 - exact_log(map.old_program())) {}

const TargetPredictor::Entry* TargetPredictor::near(std::uint64_t target) const {
  for (std::size_t i = 0; i < kNearSizes.size(); ++i) {
    const std::uint64_t area = target >> kNearSizes[i];
    const Entry& entry = near_[i][area & ((1u << kNearLog) - 1)];
    if (entry.target >> kNearSizes[i] == area) return &entry;
  }
  return nullptr;
}

TargetPredictor::Prediction TargetPredictor::predict(std::uint64_t target) const {
  const AddressMap::Mapped mapped = map_.map(target);
  Prediction prediction{mapped.address, mapped.address, false, mapped.is_covered};
  if (const Entry& entry = exact_[slot(target)]; entry.target == target) {
    prediction.address = entry.actual;
    prediction.is_remembered = true;
  } else if (!mapped.is_covered) {
    if (const Entry* other = near(target); other != nullptr) {
      prediction.address = target + (other->actual - other->target);
    }
  }
  return prediction;
}

void TargetPredictor::learn(std::uint64_t target, const Prediction& prediction,
                            std::uint64_t actual) {
  exact_[slot(target)] = {target, actual};
  if (prediction.is_covered) return;
  for (std::size_t i = 0; i < kNearSizes.size(); ++i) {
    near_[i][target >> kNearSizes[i] & ((1u << kNearLog) - 1)] = {target, actual};
  }
}

}  // namespace xppkg::delta
