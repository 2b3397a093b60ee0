#pragma once

#include <bit>

#include "model/plain_bytes.hpp"
#include "model/target_predictor.hpp"

namespace xppkg::delta {

/// A table of the old program whose numbers count from its own address, or from another one: bytes,
/// or entries of a table there.
struct TableBase {
  std::uint64_t old_address = 0;
  std::uint64_t new_address = 0;
  std::uint32_t entry_size = 1;  ///< in bytes, up to kMaxEntry
};
inline constexpr std::uint32_t kMaxEntry = 1u << 16;
inline constexpr std::size_t kMaxBases = 8;

/// The labels that references in code have named so far, one bit for four old bytes.
class Labels {
 public:
  explicit Labels(std::uint64_t old_size);
  void add(std::uint64_t old_offset);
  /// The last label at or before an old place, if one lies within 16 KiB.
  [[nodiscard]] std::optional<std::uint64_t> last_before(std::uint64_t old_offset) const;

 private:
  /// The last of bits_ before `at` that has a label, if one is near.
  [[nodiscard]] std::optional<std::size_t> last_word_before(std::size_t at) const;

  std::vector<std::uint64_t> bits_;
  std::vector<std::uint64_t> any_;  // one bit for each of bits_: whether it has one
};

/// The possible meanings of a word of data. Each meaning predicts what the word became (DELTA
/// §6.9).
class Hypotheses {
 public:
  static constexpr unsigned kCount = 9 + kMaxBases;

  struct Guess {
    std::uint32_t value = 0;
    std::uint32_t score = 0;  ///< probability in 1/65536 of the likeliest meaning that gives it
    std::uint8_t meaning = 0;
  };
  struct Word {
    std::uint32_t old_value = 0;
    std::uint64_t old_place = 0;
    std::uint64_t new_place = 0;
  };

  /// All must outlive this.
  Hypotheses(const AddressMap& map, TargetPredictor& targets, const Labels& labels,
             std::vector<TableBase> bases);

  /// The different guesses for a word, the likeliest first; at least one. All that
  /// versions 1.1 and 1.2 ask for.
  std::span<const Guess> guess(const Word& word);
  /// The guess of the likeliest meaning. Mostly it is right, and the others need not be made.
  const Guess& first(const Word& word);
  /// After `first`: that guess and the different other ones, the likeliest of these first.
  std::span<const Guess> with_others();
  /// The meanings that the last words had.
  [[nodiscard]] std::uint32_t winners() const { return winners_; }
  /// Whether a meaning is one that takes a change from words nearby.
  static bool depends_on_neighbours(std::uint8_t meaning) {
    return meaning >= last_change && meaning < first_base;
  }
  /// Tells what the word became. `right` is the number of the guess that was, or the count of
  /// guesses.
  void learn(std::uint32_t actual, std::size_t right);

 private:
  enum Meaning : std::uint8_t {
    identity,     ///< a number that stays
    relative,     ///< an address minus the image base
    absolute,     ///< the lower half of an address
    own_place,    ///< a distance from its own address
    label,        ///< a distance from the last label in code
    last_change,  ///< a number that moves as the last one that moved
    stride2,      ///< a number that moves as the one two words before
    stride4,
    stride6,
    first_base,
  };
  /// The prediction of a possible meaning.
  struct Possible {
    std::uint32_t value = 0;
    std::uint64_t target = 0;
    std::uint32_t entry_size = 1;            ///< what the value counts, for meanings with a target
    TargetPredictor::Prediction prediction;  ///< of the target
  };

  void look_at(const Word& word);
  void consider_all();
  void consider(std::uint8_t meaning);
  void consider_target(std::uint8_t meaning, std::uint64_t target, std::uint64_t origin,
                       std::uint32_t entry_size = 1);
  void consider_label();
  void consider_value(std::uint8_t meaning, std::uint32_t value);
  void consider_stride(std::uint8_t meaning, unsigned words);
  [[nodiscard]] std::uint8_t likeliest(std::uint32_t meanings) const;
  void rank(std::size_t known);
  void remember_target(std::uint8_t meaning, std::uint32_t actual);
  [[nodiscard]] std::size_t context() const;
  /// A bit for each meaning there is.
  [[nodiscard]] std::uint32_t meanings() const { return (1u << (first_base + bases_.size())) - 1; }
  /// Calls `use` with each possible meaning, in their order.
  template <typename Use>
  void for_each_possible(const Use& use) const {
    for_each(are_possible_, use);
  }
  template <typename Use>
  static void for_each(std::uint32_t meanings, const Use& use) {
    for (; meanings != 0; meanings &= meanings - 1) {
      use(static_cast<std::uint8_t>(std::countr_zero(meanings)));
    }
  }

  const AddressMap& map_;
  TargetPredictor& targets_;
  const Labels& labels_;
  std::vector<TableBase> bases_;

  Word word_;
  std::array<Possible, kCount> possible_;
  std::uint32_t are_possible_ = 0;  // a bit for each meaning
  static_assert(kCount <= 32);
  std::array<Guess, kCount> guesses_;
  std::size_t count_ = 0;
  bool are_all_made_ = false;  // or only the first
  std::size_t context_ = 0;    // of the present word

  static constexpr unsigned kContextLog = 12;
  std::vector<std::array<Probability, kCount>> chances_;
  std::uint32_t winners_ = 0;  // of the last three words, a byte each
  std::uint32_t last_change_ = 0;
  struct Change {
    std::uint64_t place = ~std::uint64_t{0};
    std::uint32_t change = 0;
  };
  std::array<Change, 8> changes_;
};

/// Codes words of data (DELTA §6.9).
template <Models kModels>
class DataWords {
 public:
  template <typename Coder>
  std::uint32_t code(Coder& coder, Hypotheses& hypotheses, PlainBytes<kModels>& bytes,
                     const Hypotheses::Word& word, std::uint32_t actual) {
    std::size_t right = 0;
    std::span<const Hypotheses::Guess> guesses;
    if constexpr (kModels == Models::lean) {
      const Hypotheses::Guess& first = hypotheses.first(word);
      if (code_hit(coder, hypotheses, first, 0, word, word.old_value == 0, actual)) {
        return learn(hypotheses, first.value, 0);
      }
      guesses = hypotheses.with_others();
      right = 1;
    } else {
      guesses = hypotheses.guess(word);
    }
    const std::size_t tried = std::min<std::size_t>(guesses.size(), kTried);
    for (; right < tried; ++right) {
      const bool is_single = guesses.size() == 1;
      if (code_hit(coder, hypotheses, guesses[right], right, word, is_single, actual)) {
        return learn(hypotheses, guesses[right].value, right);
      }
    }
    const std::uint32_t coded = bytes.word(coder, guesses.front().value, actual);
    return learn(hypotheses, coded, guesses.size());
  }

 private:
  std::uint32_t learn(Hypotheses& hypotheses, std::uint32_t word, std::size_t right) {
    outcomes_ = (outcomes_ << 1 | (right == 0 ? 0 : 1)) & 0xffff;
    hypotheses.learn(word, right);
    return word;
  }

  using Memory = typename Coding<kModels>::Memory;

  static constexpr std::size_t kTried = 4;
  static constexpr unsigned kLevels = 64;

  template <typename Coder>
  bool code_hit(Coder& coder, const Hypotheses& hypotheses, const Hypotheses::Guess& guess,
                std::size_t rank, const Hypotheses::Word& word, bool is_single,
                std::uint32_t actual) {
    const unsigned kind =
        is_single ? (word.old_value == 0 ? 0u : 1u) : 2u + static_cast<unsigned>(rank);
    const std::uint32_t score = is_single ? 0 : guess.score >> 10;
    const auto memory = [&](unsigned table, std::uint32_t a, std::uint32_t b) {
      return &memories_[table][hash(a, b * 8 + kind) >> (32 - kMemoryLog)];
    };
    const std::array<Memory*, 4> memories{
        &levels_[kind][score][outcomes_ & 7], memory(0, hypotheses.winners(), guess.meaning),
        memory(1, outcomes_, guess.meaning | static_cast<std::uint32_t>(word.old_place & 28) << 3),
        memory(2, word.old_value, guess.meaning)};
    return bits_.code(coder, memories, kind, guess.value == actual ? 1 : 0) != 0;
  }

  static constexpr unsigned kKinds = 2 + kTried;
  static constexpr unsigned kMemoryLog = Coding<kModels>::kWordMemoryLog;
  typename Coding<kModels>::template Bit<4, kKinds> bits_;
  std::array<std::array<std::array<Memory, 8>, kLevels>, kKinds> levels_;
  std::array<std::vector<Memory>, 3> memories_{std::vector<Memory>(1u << kMemoryLog),
                                               std::vector<Memory>(1u << kMemoryLog),
                                               std::vector<Memory>(1u << kMemoryLog)};
  unsigned outcomes_ = 0;
};

}  // namespace xppkg::delta
