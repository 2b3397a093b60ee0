#pragma once

#include <algorithm>
#include <vector>

#include "coding/hash.hpp"
#include "coding/mixer.hpp"
#include "coding/number_coder.hpp"

namespace xppkg::delta {

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
  using Guesses = typename Mixer<kInputs, Sets>::Guesses;

  /// The statistics of four bits in a context: a probability for each prefix of them.
  struct alignas(64) Line {
    std::array<Probability, 15> nodes;
    std::uint32_t check = 0;
  };

  /// Four bits; `before` tells the first half of a byte from its second, and what the first was.
  template <typename Coder>
  std::uint32_t half(Coder& coder, std::uint32_t value, std::uint32_t before,
                     const std::array<std::uint32_t, Contexts>& contexts, unsigned set) {
    const std::array<Line*, Contexts> lines = find(contexts, before);
    std::uint32_t node = 1;
    for (unsigned i = 4; i-- > 0;) {
      const Guesses guesses = guesses_at(lines, node);
      Probability& simple = simple_[set][before][node];
      const std::uint32_t mixed = mixer_.mix(guesses, set);
      const unsigned bit = coder.bit((mixed * 15 + simple.value()) >> 4, value >> i & 1);
      mixer_.learn(guesses, set, mixed, bit);
      simple.learn(bit, kSlowest);
      for (Line* line : lines) line->nodes[node - 1].learn(bit, kSlowest);
      node = node << 1 | bit;
    }
    return node & 15u;
  }

  // First all are looked at, then judged: their memory is far away, and is fetched at once so.
  std::array<Line*, Contexts> find(const std::array<std::uint32_t, Contexts>& contexts,
                                   std::uint32_t before) {
    std::array<Line*, Contexts> lines;
    std::array<std::uint32_t, Contexts> checks;
    std::array<std::uint32_t, Contexts> met;
    for (unsigned c = 0; c < Contexts; ++c) {
      const std::uint32_t h = hash(contexts[c] + c, before);
      lines[c] = &lines_[h >> shift_];
      checks[c] = h & 0xffff;
      met[c] = lines[c]->check;
    }
    for (unsigned c = 0; c < Contexts; ++c) {
      // An earlier one may have taken the same line.
      if (met[c] == checks[c] && lines[c]->check == checks[c]) continue;
      *lines[c] = Line();
      lines[c]->check = checks[c];
    }
    return lines;
  }
  // The second guess is for what was met often, so that it can be trusted more.
  static Guesses guesses_at(const std::array<Line*, Contexts>& lines, std::uint32_t node) {
    Guesses guesses;
    for (unsigned c = 0; c < Contexts; ++c) {
      const Probability& probability = lines[c]->nodes[node - 1];
      const unsigned count = probability.count();
      const std::int32_t stretched = count == 0 ? 0 : stretch(probability.value());
      guesses[2 * c] = stretched;
      guesses[2 * c + 1] = count < 4 ? 0 : stretched;
    }
    guesses[kInputs - 1] = kBias;
    return guesses;
  }

  std::vector<Line> lines_;
  unsigned shift_;
  Mixer<kInputs, Sets> mixer_;
  std::array<std::array<std::array<Probability, 16>, 32>, Sets> simple_;
};

}  // namespace xppkg::delta
