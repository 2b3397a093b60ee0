#pragma once

#include <memory>

#include "model/literal_history.hpp"
#include "model/models.hpp"

namespace xppkg::delta {

/// Codes literal bytes by what came before them (DELTA §6.11).
template <Models kModels>
class LiteralModel {
 public:
  /// Whether `code` is to be told the old byte that stands where the copy before would have gone
  /// on.
  static constexpr bool kAsksOldBytes = kModels == Models::mixed;

  void follow(ByteView copied) { history_.follow(copied); }

  /// `expected` is that old byte, or 0 if there is none.
  template <typename Coder>
  std::uint8_t code(Coder& coder, std::uint8_t value, std::uint8_t expected) {
    const LiteralHistory::Guess guess = history_.guess();
    const unsigned set = guess.sure == 0 ? 0 : 1 + std::min(guess.sure / 5, 4u);
    const auto all = contexts(guess, expected);
    std::uint8_t coded = 0;
    if constexpr (kModels == Models::lean)
      coded = bytes_.code(coder, value, all, set, {guess.byte, guess.sure});
    else
      coded = bytes_.code(coder, value, all, set);
    history_.add(coded);
    return coded;
  }

 private:
  static constexpr unsigned kContexts = kModels == Models::mixed ? 7 : 4;
  static constexpr unsigned kHeadsLog = kModels == Models::mixed ? 18 : 16;

  [[nodiscard]] std::array<std::uint32_t, kContexts> contexts(const LiteralHistory::Guess& guess,
                                                              std::uint8_t expected) const {
    const auto last = static_cast<std::uint32_t>(history_.recent());
    const std::uint32_t guessed = hash(guess.byte | guess.sure << 8 | guess.missed << 16, 6);
    if constexpr (kModels != Models::mixed) {
      return {hash(last & 0xff, 1), hash(last & 0xffff, 2), hash(last & 0xffffff, 3), guessed};
    } else {
      const auto before = static_cast<std::uint32_t>(history_.recent() >> 32) & 0xffff;
      return {hash(last & 0xff, 1),
              hash(last & 0xffff, 2),
              hash(last & 0xffffff, 3),
              hash(last, 4),
              hash(last, before),
              hash(expected | (last & 0xff) << 8, 5),
              guessed};
    }
  }

  typename Coding<kModels>::template LiteralByte<kContexts, 6> bytes_{
      Coding<kModels>::kLiteralLinesLog};
  LiteralHistory history_{kHeadsLog};
};

}  // namespace xppkg::delta
