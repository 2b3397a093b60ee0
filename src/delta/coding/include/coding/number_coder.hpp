#pragma once

#include <array>
#include <bit>

#include "coding/probability.hpp"
#include "coding/range_coder.hpp"

namespace xppkg::delta {

/// One bit with a probability of its own.
template <typename Coder>
unsigned code_bit(Coder& coder, Probability& probability, unsigned bit, unsigned slowest = 60) {
  bit = coder.bit(probability.value(), bit);
  probability.learn(bit, slowest);
  return bit;
}

/// A number below 2^Bits, bit by bit from the highest, each with a probability that depends on the
/// bits before it (DELTA §6.3).
template <unsigned Bits>
class BitTree {
 public:
  template <typename Coder>
  std::uint32_t code(Coder& coder, std::uint32_t value, unsigned slowest = 60) {
    std::uint32_t node = 1;
    for (unsigned i = Bits; i-- > 0;) {
      node = node << 1 | code_bit(coder, nodes_[node], value >> i & 1, slowest);
    }
    return node - (1u << Bits);
  }

 private:
  std::array<Probability, 1u << Bits> nodes_;
};

/// A number of 64 bits of which small ones are more likely: its length in bits by a tree, then the
/// bits after the highest, of which the first three have probabilities (DELTA §6.3).
class NumberModel {
 public:
  template <typename Coder>
  std::uint64_t code(Coder& coder, std::uint64_t value) {
    const unsigned length =
        lengths_.code(coder, static_cast<std::uint32_t>(std::bit_width(value)), kSlowest);
    if (length <= 1) return length;
    if (length > 64) return 0;  // no writer gives it; any number will do for garbage
    std::uint64_t result = 1;
    std::uint32_t node = 1;
    for (unsigned i = length - 1; i-- > 0;) {
      const auto bit = static_cast<unsigned>(value >> i & 1);
      const bool is_modelled = node < kTop;
      const unsigned coded = is_modelled ? code_bit(coder, top_[length][node], bit, kSlowest)
                                         : coder.bit(1u << (kProbabilityBits - 1), bit);
      if (is_modelled) node = node << 1 | coded;
      result = result << 1 | coded;
    }
    return result;
  }

 private:
  static constexpr unsigned kSlowest = 30;
  static constexpr std::uint32_t kTop = 8;

  BitTree<7> lengths_;
  std::array<std::array<Probability, kTop>, 65> top_;
};

}  // namespace xppkg::delta
