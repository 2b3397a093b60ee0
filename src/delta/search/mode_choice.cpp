#include "mode_choice.hpp"

#include <algorithm>
#include <limits>
#include <memory>

namespace xppkg::delta {
namespace {

// Estimates in eighths of a bit.
using Cost = std::int64_t;
constexpr Cost kDiffer = 14 * 8;
constexpr Cost kDifferAgain = 9 * 8;
constexpr Cost kReferenceHit = 1;
constexpr Cost kReferenceMiss = 18 * 8;
constexpr Cost kWordHit = 1;
constexpr Cost kWordMiss = 6 * 8;
constexpr Cost kSwitch = 40 * 8;
constexpr Cost kNever = std::numeric_limits<std::int32_t>::max();

using Costs = std::vector<Cost>;

/// The costs of copies if all blocks of the old file had one mode.
class Trial {
 public:
  Trial(const PairInput& pair, const AddressMap& map, const Modes& modes, const Modes& present,
        const std::vector<TableBase>& bases)
      : pair_(pair),
        map_(map),
        modes_(modes),
        present_(present),
        reader_(pair.old_bytes),
        program_(reader_, map, modes_),
        targets_(map),
        labels_(pair.old_bytes.size()),
        hypotheses_(map, targets_, labels_, bases),
        has_data_(std::ranges::find(present, Mode::data) != present.end()),
        costs_(modes.size()) {}

  Costs run() {
    for (const Equivalence& piece : map_.pieces()) {
      for (std::uint64_t at = 0; at < piece.length;) {
        const auto& chunk =
            program_.chunk_with(piece.old_begin + at, piece.old_begin + piece.length);
        const std::uint64_t chunk_end = (chunk.number + 1) * OldProgram::kChunk;
        at = run_chunk(piece, at,
                       std::min<std::uint64_t>(piece.length, chunk_end - piece.old_begin), chunk);
      }
    }
    return std::move(costs_);
  }

 private:
  std::uint64_t run_chunk(const Equivalence& piece, std::uint64_t at, std::uint64_t end,
                          const OldProgram::Chunk& chunk) {
    again_ = false;
    auto field = std::ranges::lower_bound(chunk.fields, piece.old_begin + at, {}, &Field::place);
    for (; field != chunk.fields.end(); ++field) {
      const std::uint64_t place = field->place - piece.old_begin;
      if (place < at) continue;
      if (place >= end || place + kFieldSize > piece.length) break;
      bytes(piece, at, place);
      const std::uint64_t new_place = piece.new_begin + place;
      block_cost(field->place) +=
          field->is_word ? word(*field, new_place) : reference(*field, new_place);
      at = place + kFieldSize;
    }
    bytes(piece, at, end);
    return std::max(at, end);
  }

  Cost& block_cost(std::uint64_t old_place) {
    return costs_[static_cast<std::size_t>(old_place >> kModeBlockLog)];
  }

  void bytes(const Equivalence& piece, std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t i = begin; i < end; ++i) {
      const bool differs = pair_.old_bytes[static_cast<std::size_t>(piece.old_begin + i)] !=
                           pair_.new_bytes[static_cast<std::size_t>(piece.new_begin + i)];
      if (differs) block_cost(piece.old_begin + i) += again_ ? kDifferAgain : kDiffer;
      again_ = differs;
    }
  }

  Cost reference(const Field& field, std::uint64_t new_place) {
    const std::uint32_t new_word = word_at(pair_.new_bytes, new_place);
    const std::uint32_t number = field_of(new_word, field.kind);
    const std::uint64_t address = number_origin(map_, field, new_place);
    const auto prediction = targets_.predict(field.target);
    if (prediction.old_place) labels_.add(*prediction.old_place);
    Cost cost = kReferenceHit;
    if (number != number_for(field.kind, field.extra, address, prediction.address)) {
      cost = kReferenceMiss;
      if (field.kind != ReferenceKind::arm_low) {
        targets_.learn(field.target, prediction,
                       target_of(field.kind, field.extra, address, number));
      }
    }
    const std::uint32_t old_rest = with_field(word_at(pair_.old_bytes, field.place), field.kind, 0);
    return cost + difference(old_rest, with_field(new_word, field.kind, 0));
  }

  Cost word(const Field& field, std::uint64_t new_place) {
    const std::uint32_t actual = word_at(pair_.new_bytes, new_place);
    const auto guesses =
        hypotheses_.guess({word_at(pair_.old_bytes, field.place), field.place, new_place});
    const auto found = std::ranges::find(guesses, actual, &Hypotheses::Guess::value);
    const auto rank = static_cast<std::size_t>(found - guesses.begin());
    const Cost cost = rank < guesses.size() ? kWordHit + static_cast<Cost>(rank) * 4 * 8
                                            : kWordMiss + difference(guesses.front().value, actual);
    const bool learns =
        !has_data_ ||
        present_[static_cast<std::size_t>(field.place >> kModeBlockLog)] == Mode::data;
    if (learns) hypotheses_.learn(actual, rank);
    return cost;
  }

  static Cost difference(std::uint32_t a, std::uint32_t b) {
    Cost cost = 0;
    bool again = false;
    for (std::uint32_t rest = a ^ b; rest != 0; rest >>= 8) {
      const bool differs = (rest & 0xff) != 0;
      if (differs) cost += again ? kDifferAgain : kDiffer;
      again = differs;
    }
    return cost;
  }

  const PairInput& pair_;
  const AddressMap& map_;
  const Modes modes_;
  const Modes& present_;
  BufferReader reader_;
  OldProgram program_;
  TargetPredictor targets_;
  Labels labels_;
  Hypotheses hypotheses_;
  bool has_data_;
  Costs costs_;
  bool again_ = false;
};

/// The cheapest row of modes when each change from one to the next costs as well.
Modes cheapest(const std::array<Costs, kModes>& costs) {
  const std::size_t blocks = costs[0].size();
  std::vector<std::array<std::uint8_t, kModes>> from(blocks);
  std::array<Cost, kModes> sums{};
  for (std::size_t i = 0; i < blocks; ++i) {
    std::array<Cost, kModes> next{};
    for (std::size_t mode = 0; mode < kModes; ++mode) {
      std::size_t best = mode;
      for (std::size_t other = 0; other < kModes; ++other) {
        if (sums[other] + kSwitch < sums[best] + (best == mode ? 0 : kSwitch)) best = other;
      }
      from[i][mode] = static_cast<std::uint8_t>(best);
      next[mode] = sums[best] + (best == mode ? 0 : kSwitch) + costs[mode][i];
    }
    sums = next;
  }
  Modes modes(blocks);
  auto mode = static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
  for (std::size_t i = blocks; i-- > 0;) {
    modes[i] = static_cast<Mode>(mode);
    mode = from[i][mode];
  }
  return modes;
}

}  // namespace

Modes choose_modes(const PairInput& pair, const AddressMap& map, const Modes& present,
                   const std::vector<TableBase>& bases) {
  const std::size_t blocks = mode_blocks(pair.old_bytes.size());
  const Modes code = modes_of_sections(pair.old_program, pair.old_bytes.size());
  const std::array<Modes, kModes> all{Modes(blocks, Mode::plain), code, Modes(blocks, Mode::data)};
  std::array<Costs, kModes> costs;
  for (std::size_t mode = 0; mode < kModes; ++mode) {
    // Too large for the stack of a thread.
    costs[mode] = std::make_unique<Trial>(pair, map, all[mode], present, bases)->run();
  }
  for (std::size_t i = 0; i < blocks; ++i) {
    if (code[i] != Mode::code) costs[static_cast<std::size_t>(Mode::code)][i] = kNever;
  }
  return cheapest(costs);
}

}  // namespace xppkg::delta
