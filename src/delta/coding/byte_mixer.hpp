#pragma once

#include <algorithm>
#include <vector>

#include "coding/mixer.hpp"
#include "coding/number_coder.hpp"

namespace xppkg::delta {

/// Numbers of a context, mixed to one.
constexpr std::uint32_t hash(std::uint32_t a, std::uint32_t b) {
  std::uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu;
  h ^= h >> 15;
  h *= 0xc2b2ae35u;
  return h ^ h >> 13;
}

/// Codes bytes, each bit guessed in `Contexts` ways at once: by what the same bit was when each of
/// the given contexts was last met (DELTA §6.4).
template <unsigned Contexts, unsigned Sets>
class ByteMixer {
 public:
  /// Takes 64 * 2^lines_log bytes.
  explicit ByteMixer(unsigned lines_log)
      : lines_(std::size_t{1} << lines_log), shift_(32 - lines_log) {}

  /// `contexts` are hashes; `set` chooses the weights.
  template <typename Coder>
  std::uint8_t code(Coder& coder, std::uint8_t value,
                    const std::array<std::uint32_t, Contexts>& contexts, unsigned set) {
    const std::uint32_t high = half(coder, value >> 4, 0, contexts, set);
    const std::uint32_t low = half(coder, value & 15u, 16 + high, contexts, set);
    return static_cast<std::uint8_t>(high << 4 | low);
  }

 private:
  static constexpr unsigned kSlowest = 120;
  static constexpr unsigned kInputs = 2 * Contexts + 1;
  static constexpr std::int32_t kBias = 256;

  /// What is known of four bits in a context: a probability for each beginning of them.
  struct Line {
    std::array<Probability, 15> nodes;
    std::uint32_t check = 0;
  };

  /// Four bits; `before` tells the first half of a byte from its second, and what the first was.
  template <typename Coder>
  std::uint32_t half(Coder& coder, std::uint32_t value, std::uint32_t before,
                     const std::array<std::uint32_t, Contexts>& contexts, unsigned set) {
    std::array<Line*, Contexts> lines{};
    for (unsigned c = 0; c < Contexts; ++c) lines[c] = &find(hash(contexts[c] + c, before));
    std::uint32_t node = 1;
    for (unsigned i = 4; i-- > 0;) {
      for (unsigned c = 0; c < Contexts; ++c) guess(c, lines[c]->nodes[node - 1]);
      mixer_.set(kInputs - 1, kBias);
      Probability& simple = simple_[set][before][node];
      const std::uint32_t mixed = (mixer_.mix(set) * 15 + simple.value()) >> 4;
      const unsigned bit = coder.bit(mixed, value >> i & 1);
      mixer_.learn(bit);
      simple.learn(bit, kSlowest);
      for (Line* line : lines) line->nodes[node - 1].learn(bit, kSlowest);
      node = node << 1 | bit;
    }
    return node & 15u;
  }

  Line& find(std::uint32_t h) {
    Line& line = lines_[h >> shift_];
    const std::uint32_t check = h & 0xffff;
    if (line.check != check) {
      line = Line();
      line.check = check;
    }
    return line;
  }
  // The second guess is for what was met often, so that it can be trusted more.
  void guess(unsigned c, const Probability& probability) {
    const unsigned count = probability.count();
    const std::int32_t stretched = count == 0 ? 0 : stretch(probability.value());
    mixer_.set(2 * c, stretched);
    mixer_.set(2 * c + 1, count < 4 ? 0 : stretched);
  }

  std::vector<Line> lines_;
  unsigned shift_;
  Mixer<kInputs, Sets> mixer_;
  std::array<std::array<std::array<Probability, 16>, 32>, Sets> simple_;
};

}  // namespace xppkg::delta
