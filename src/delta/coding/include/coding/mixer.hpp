#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace xppkg::delta {

// Several guesses of a bit are mixed in the logistic domain, with weights that are learned
// (M. Mahoney, "Adaptive weighing of context models for lossless data compression", 2005). All in
// integers, so that every machine gives the same (DELTA §6.4).

/// The greatest number that `stretch` gives.
inline constexpr std::int32_t kStretchEnd = 2047;

/// The tables of what follows: filled when the program is compiled.
extern const std::array<std::int16_t, 4096> kStretch;
extern const std::array<std::uint16_t, 2 * kStretchEnd + 1> kSquash;

/// ln(p / (1 - p)) in 1/256, from -2047 to 2047, of a probability in 1/65536.
inline std::int32_t stretch(std::uint32_t probability) {
  return kStretch[probability >> 4];
}
/// The inverse, in 1/65536, of a number that may lie outside.
inline std::uint32_t squash(std::int32_t value) {
  const std::int32_t within = std::clamp(value, -kStretchEnd, kStretchEnd);
  return kSquash[static_cast<std::size_t>(within + kStretchEnd)];
}

/// Mixes `Inputs` guesses; a set of weights is chosen by a context.
template <unsigned Inputs, unsigned Sets>
class Mixer {
 public:
  /// Stretched guesses.
  using Guesses = std::array<std::int32_t, Inputs>;

  Mixer() {
    for (auto& set : weights_) set.fill(kFirstWeight);
  }

  /// The mixed probability that the bit is 1.
  [[nodiscard]] std::uint32_t mix(const Guesses& guesses, unsigned set) const {
    const auto& weights = weights_[set];
    std::int64_t sum = 0;
    for (unsigned i = 0; i < Inputs; ++i) sum += std::int64_t{guesses[i]} * weights[i];
    return squash(static_cast<std::int32_t>(sum >> 16));
  }
  /// Tells what the bit was that was mixed from `guesses` to `mixed`.
  void learn(const Guesses& guesses, unsigned set, std::uint32_t mixed, unsigned bit) {
    const std::int32_t error =
        (static_cast<std::int32_t>(bit << 16) - static_cast<std::int32_t>(mixed)) * kLearning >> 10;
    auto& weights = weights_[set];
    for (unsigned i = 0; i < Inputs; ++i) weights[i] += (guesses[i] * error + 0x800) >> 12;
  }

 private:
  static constexpr std::int32_t kFirstWeight =
      static_cast<std::int32_t>(65536 * 10 / (4 * Inputs + 8));
  static constexpr std::int32_t kLearning = 6;

  std::array<Guesses, Sets> weights_;
};

}  // namespace xppkg::delta
