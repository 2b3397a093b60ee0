#pragma once

#include <cstddef>

#include "coding/weight.hpp"

namespace xppkg::delta {

/// A weight that counts for itself how many bits it has seen.
class CountedWeight {
 public:
  [[nodiscard]] std::int32_t value() const { return weight_.value(); }
  void learn(std::int32_t error) {
    weight_.learn(error, kRates[seen_]);
    if (seen_ < kMostSeen) ++seen_;
  }

 private:
  static constexpr WeightRates kRates = weight_rates(70, 25);

  Weight weight_;
  std::uint16_t seen_ = 0;  // not a char: those may lie over anything, which costs loads
};

/// Codes a bit that several contexts have a weight for, where MixedBit has a probability and mixes.
template <unsigned Inputs, unsigned /*Sets*/>
class LogisticBit {
 public:
  template <typename Coder>
  unsigned code(Coder& coder, const std::array<CountedWeight*, Inputs>& memories, unsigned /*set*/,
                unsigned bit) {
    std::int32_t sum = 0;
    for (const CountedWeight* memory : memories) sum += memory->value();
    const std::uint32_t expected = chance(sum);
    bit = coder.bit(expected, bit);
    const std::int32_t error = error_of(bit, expected);
    for (CountedWeight* memory : memories) memory->learn(error);
    return bit;
  }
};

}  // namespace xppkg::delta
