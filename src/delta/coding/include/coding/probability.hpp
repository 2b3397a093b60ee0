#pragma once

#include <array>
#include <cstdint>

namespace xppkg::delta {

/// Probabilities are in 1/65536 and never 0 or 1 (DELTA §6.2).
inline constexpr unsigned kProbabilityBits = 16;
inline constexpr std::uint32_t kProbabilityLimit = 16;

/// How likely a bit is 1, learned from the bits so far: fast at first, then slower and slower.
class Probability {
 public:
  /// The chance that the bit is 1.
  [[nodiscard]] std::uint32_t value() const { return value_; }
  /// How many bits it was learned from, as far as that counts.
  [[nodiscard]] unsigned count() const { return count_; }

  void learn(unsigned bit, unsigned slowest) {
    const std::int32_t wanted = bit != 0 ? kHighest : kLowest;
    value_ = static_cast<std::uint16_t>(
        value_ + (((wanted - static_cast<std::int32_t>(value_)) * kRates[count_]) >> 16));
    if (count_ < slowest) ++count_;
  }

  /// What `slowest` may be at most.
  static constexpr unsigned kMaxCount = 254;

 private:
  static constexpr std::int32_t kLowest = kProbabilityLimit;
  static constexpr std::int32_t kHighest = 65536 - static_cast<std::int32_t>(kProbabilityLimit);
  // 65536 / (n + 1.6): the first bit moves the probability by almost two thirds.
  static constexpr std::array<std::int32_t, kMaxCount + 1> kRates = [] {
    std::array<std::int32_t, kMaxCount + 1> rates{};
    for (std::size_t n = 0; n < rates.size(); ++n) {
      rates[n] = static_cast<std::int32_t>(655360 / (10 * n + 16));
    }
    return rates;
  }();

  std::uint16_t value_ = 32768;
  std::uint16_t count_ = 0;  // not a char: those may lie over anything, which costs loads
};

}  // namespace xppkg::delta
