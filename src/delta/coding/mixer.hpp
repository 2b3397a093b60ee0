#pragma once

#include <array>
#include <cstdint>

namespace xppkg::delta {

// Several guesses of a bit are mixed in the logistic domain, with weights that are learned
// (M. Mahoney, "Adaptive weighing of context models for lossless data compression", 2005). All in
// integers, so that every machine gives the same (DELTA §6.4).

/// ln(p / (1 - p)) in 1/256, from -2047 to 2047, of a probability in 1/65536.
std::int32_t stretch(std::uint32_t probability);
/// The inverse, in 1/65536, of a number that may lie outside.
std::uint32_t squash(std::int32_t value);

/// Mixes `Inputs` guesses; a set of weights is chosen by a context.
template <unsigned Inputs, unsigned Sets>
class Mixer {
 public:
  Mixer() {
    for (auto& set : weights_) set.fill(kFirstWeight);
  }

  void set(unsigned input, std::int32_t stretched) { inputs_[input] = stretched; }

  /// The mixed probability that the bit is 1.
  std::uint32_t mix(unsigned set) {
    set_ = set;
    std::int64_t sum = 0;
    for (unsigned i = 0; i < Inputs; ++i) sum += std::int64_t{inputs_[i]} * weights_[set][i];
    mixed_ = squash(static_cast<std::int32_t>(sum >> 16));
    return mixed_;
  }
  void learn(unsigned bit) {
    const std::int32_t error =
        (static_cast<std::int32_t>(bit << 16) - static_cast<std::int32_t>(mixed_)) * kLearning >>
        10;
    for (unsigned i = 0; i < Inputs; ++i) {
      weights_[set_][i] += (inputs_[i] * error + 0x800) >> 12;
    }
  }

 private:
  static constexpr std::int32_t kFirstWeight =
      static_cast<std::int32_t>(65536 * 10 / (4 * Inputs + 8));
  static constexpr std::int32_t kLearning = 6;

  std::array<std::array<std::int32_t, Inputs>, Sets> weights_;
  std::array<std::int32_t, Inputs> inputs_{};
  std::uint32_t mixed_ = 32768;
  unsigned set_ = 0;
};

}  // namespace xppkg::delta
