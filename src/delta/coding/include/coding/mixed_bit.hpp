#pragma once

#include "coding/mixer.hpp"
#include "coding/number_coder.hpp"

namespace xppkg::delta {

/// Codes a bit that several memories have an opinion of, each by another context. Near certainty is
/// kept: a probability sharper than the mixer can say is taken from the first memory.
template <unsigned Inputs, unsigned Sets>
class MixedBit {
 public:
  template <typename Coder>
  unsigned code(Coder& coder, const std::array<Probability*, Inputs>& memories, unsigned set,
                unsigned bit) {
    typename Mixer<Inputs + 1, Sets>::Guesses guesses;
    for (unsigned i = 0; i < Inputs; ++i) guesses[i] = stretch(memories[i]->value());
    guesses[Inputs] = kBias;
    const std::uint32_t mixed = mixer_.mix(guesses, set);
    bit = coder.bit(sharpened(mixed, memories[0]->value()), bit);
    mixer_.learn(guesses, set, mixed, bit);
    for (Probability* memory : memories) memory->learn(bit, kSlowest);
    return bit;
  }

 private:
  static constexpr std::int32_t kBias = 256;
  static constexpr unsigned kSlowest = 200;

  static std::uint32_t sharpened(std::uint32_t mixed, std::uint32_t first) {
    constexpr std::uint32_t kSure = 64;
    if (mixed <= kSure && first < mixed) return (mixed + 3 * first) / 4;
    if (mixed >= 65536 - kSure && first > mixed) return (mixed + 3 * first) / 4;
    return mixed;
  }

  Mixer<Inputs + 1, Sets> mixer_;
};

}  // namespace xppkg::delta
