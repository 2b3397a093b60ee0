#pragma once

#include <array>
#include <cstdint>

#include "coding/mixer.hpp"

namespace xppkg::delta {

// Bits whose chance is the sum of what several contexts say, in the logistic domain: online
// logistic regression (S. Shalev-Shwartz, "Online Learning and Online Convex Optimization", 2012)
// with one weight for each context. All weights of a bit learn from the one error of their sum. All
// in integers, so that every machine gives the same (DELTA §6.4).

/// A context's estimate of a bit, in 1/1024 of ln(p / (1 - p)). Wraps at 16 bits.
class Weight {
 public:
  [[nodiscard]] std::int32_t value() const { return value_; }
  /// `error` is the bit, 65536 or 0, less the expected value.
  void learn(std::int32_t error, std::int32_t rate) {
    value_ = static_cast<std::int16_t>(value_ + ((error * rate + 0x800) >> 12));
  }

 private:
  std::int16_t value_ = 0;
};

/// The chance of a 1, in 1/65536, by a sum of weights.
inline std::uint32_t chance(std::int32_t sum) {
  return squash(sum >> 2);
}

inline std::int32_t error_of(unsigned bit, std::uint32_t expected) {
  return static_cast<std::int32_t>(bit << 16) - static_cast<std::int32_t>(expected);
}

/// How fast weights learn: the fewer bits they have seen, the faster.
inline constexpr unsigned kMostSeen = 63;
using WeightRates = std::array<std::int32_t, kMostSeen + 1>;
constexpr WeightRates weight_rates(std::int32_t first, std::int32_t last) {
  WeightRates rates{};
  for (std::int32_t n = 0; n < static_cast<std::int32_t>(rates.size()); ++n) {
    rates[static_cast<std::size_t>(n)] = last + (first - last) * 10 / (10 + n);
  }
  return rates;
}

}  // namespace xppkg::delta
