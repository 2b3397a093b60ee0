#include "model/data_words.hpp"

#include <algorithm>
#include <bit>

namespace xppkg::delta {
namespace {

constexpr unsigned kSlowest = 60;
constexpr std::uint64_t kMaxLabelBits = std::uint64_t{1} << 27;
constexpr std::uint64_t kLabelReach = 16 * 1024;
constexpr std::size_t kReachWords = kLabelReach / 256;  // each has the bits of 256 bytes
static_assert(kReachWords == 64);

constexpr std::uint64_t sign_extended(std::uint32_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

}  // namespace

Labels::Labels(std::uint64_t old_size)
    : bits_(static_cast<std::size_t>(std::min(old_size / 4 + 1, kMaxLabelBits) / 64 + 1)),
      any_(bits_.size() / 64 + 1) {}

void Labels::add(std::uint64_t old_offset) {
  const std::uint64_t bit = old_offset / 4;
  if (bit / 64 >= bits_.size()) return;
  const auto at = static_cast<std::size_t>(bit / 64);
  bits_[at] |= 1ull << bit % 64;
  any_[at / 64] |= 1ull << at % 64;
}

std::optional<std::uint64_t> Labels::last_before(std::uint64_t old_offset) const {
  const std::uint64_t bit = old_offset / 4;
  if (bit / 64 >= bits_.size()) return std::nullopt;
  auto at = static_cast<std::size_t>(bit / 64);
  std::uint64_t word = bits_[at] & (~std::uint64_t{0} >> (63 - bit % 64));
  if (word == 0) {
    const auto before = last_word_before(at);
    if (!before) return std::nullopt;
    at = *before;
    word = bits_[at];
  }
  return (std::uint64_t{at} * 64 + 63 - static_cast<unsigned>(std::countl_zero(word))) * 4;
}

std::optional<std::size_t> Labels::last_word_before(std::size_t at) const {
  std::size_t i = at / 64;
  std::uint64_t word = any_[i] & ((1ull << at % 64) - 1);
  if (word == 0 && i > 0) word = any_[--i];
  if (word == 0) return std::nullopt;
  const std::size_t found = i * 64 + 63 - static_cast<unsigned>(std::countl_zero(word));
  return at - found <= kReachWords ? std::optional(found) : std::nullopt;
}

Hypotheses::Hypotheses(const AddressMap& map, TargetPredictor& targets, const Labels& labels,
                       std::vector<TableBase> bases)
    : map_(map),
      targets_(targets),
      labels_(labels),
      bases_(std::move(bases)),
      chances_(std::size_t{1} << kContextLog) {}

std::size_t Hypotheses::context() const {
  const auto size_class = static_cast<std::uint32_t>((std::bit_width(word_.old_value) + 7) / 8);
  return hash(winners_, size_class) >> (32 - kContextLog);
}

void Hypotheses::consider_target(std::uint8_t meaning, std::uint64_t target, std::uint64_t origin,
                                 std::uint32_t entry_size) {
  if (!map_.is_inside(target)) return;
  are_possible_ |= 1u << meaning;
  const TargetPredictor::Prediction prediction = targets_.predict(target);
  const std::uint64_t distance = prediction.address - origin;
  // Nearly always bytes, which need no division.
  const std::uint64_t count = entry_size == 1 ? distance : distance / entry_size;
  possible_[meaning] = {static_cast<std::uint32_t>(count), target, entry_size, prediction};
}

void Hypotheses::consider_label() {
  const auto offset = labels_.last_before(word_.old_place);
  if (!offset) return;
  const std::uint64_t from = map_.old_address(*offset);
  const std::uint64_t target = from + sign_extended(word_.old_value);
  if (map_.is_inside(target)) consider_target(label, target, map_.map(from).address);
}

void Hypotheses::consider_value(std::uint8_t meaning, std::uint32_t value) {
  are_possible_ |= 1u << meaning;
  possible_[meaning].value = value;
}

void Hypotheses::consider_stride(std::uint8_t meaning, unsigned words) {
  const std::uint64_t place = word_.old_place - 4ull * words;
  const Change& change = changes_[static_cast<std::size_t>(place >> 2) % changes_.size()];
  if (change.place == place) consider_value(meaning, word_.old_value + change.change);
}

void Hypotheses::consider(std::uint8_t meaning) {
  const std::uint32_t value = word_.old_value;
  const std::uint64_t high_half = ~std::uint64_t{0xffffffff};
  switch (meaning) {
    case identity:
      return consider_value(identity, value);
    case relative:
      return consider_target(relative, map_.old_base() + value, map_.new_base());
    case absolute:
      return consider_target(absolute, (map_.old_base() & high_half) | value,
                             map_.new_base() & high_half);
    case own_place:
      return consider_target(own_place, map_.old_address(word_.old_place) + sign_extended(value),
                             map_.new_address(word_.new_place));
    case label:
      return consider_label();
    case last_change:
      return consider_value(last_change, value + last_change_);
    case stride2:
      return consider_stride(stride2, 2);
    case stride4:
      return consider_stride(stride4, 4);
    case stride6:
      return consider_stride(stride6, 6);
    default:
      const TableBase& base = bases_[std::size_t{meaning} - first_base];
      return consider_target(meaning, base.old_address + std::uint64_t{value} * base.entry_size,
                             base.new_address, base.entry_size);
  }
}

void Hypotheses::consider_all() {
  are_possible_ = 0;
  if (word_.old_value == 0) return consider(identity);
  for_each(meanings(), [&](std::uint8_t meaning) { consider(meaning); });
}

/// The guesses after the first `made`.
void Hypotheses::rank(std::size_t known) {
  const auto& chances = chances_[context_];
  count_ = known;
  for_each_possible([&](std::uint8_t meaning) {
    const std::uint32_t value = possible_[meaning].value;
    const std::uint32_t score = chances[meaning].value();
    std::size_t same = 0;
    while (same < count_ && guesses_[same].value != value) ++same;
    if (same == count_)
      guesses_[count_++] = {value, score, meaning};
    else if (same >= known && score > guesses_[same].score)
      guesses_[same] = {value, score, meaning};
  });
  // Few, nearly sorted; and the order of equals must be the same everywhere.
  for (std::size_t i = known + 1; i < count_; ++i) {
    for (std::size_t j = i; j > known && guesses_[j - 1].score < guesses_[j].score; --j) {
      std::swap(guesses_[j - 1], guesses_[j]);
    }
  }
}

void Hypotheses::look_at(const Word& word) {
  word_ = word;
  context_ = context();
}

std::span<const Hypotheses::Guess> Hypotheses::guess(const Word& word) {
  look_at(word);
  consider_all();
  are_all_made_ = true;
  rank(0);
  return std::span(guesses_).first(count_);
}

/// The first of the likeliest.
std::uint8_t Hypotheses::likeliest(std::uint32_t meanings) const {
  const auto& chances = chances_[context_];
  std::uint8_t best = 0;
  std::uint32_t most = 0;
  for_each(meanings, [&](std::uint8_t meaning) {
    if (chances[meaning].value() <= most) return;
    most = chances[meaning].value();
    best = meaning;
  });
  return best;
}

const Hypotheses::Guess& Hypotheses::first(const Word& word) {
  look_at(word);
  are_all_made_ = false;
  are_possible_ = 0;
  std::uint32_t left = word.old_value == 0 ? 1u << identity : meanings();
  std::uint8_t meaning = identity;
  do {  // until one is possible: a number that stays always is
    meaning = likeliest(left);
    left &= ~(1u << meaning);
    consider(meaning);
  } while (are_possible_ == 0);
  count_ = 1;
  guesses_[0] = {possible_[meaning].value, chances_[context_][meaning].value(), meaning};
  return guesses_[0];
}

std::span<const Hypotheses::Guess> Hypotheses::with_others() {
  consider_all();
  are_all_made_ = true;
  rank(1);
  return std::span(guesses_).first(count_);
}

void Hypotheses::remember_target(std::uint8_t meaning, std::uint32_t actual) {
  const Possible& possible = possible_[meaning];
  const bool has_target = (meaning >= relative && meaning <= label) || meaning >= first_base;
  if (!has_target) return;
  const TargetPredictor::Prediction& prediction = possible.prediction;
  // The nearest address to the predicted one that the actual word may stand for.
  const std::uint64_t off = sign_extended(actual - possible.value);
  targets_.learn(possible.target, prediction, prediction.address + off * possible.entry_size);
}

void Hypotheses::learn(std::uint32_t actual, std::size_t right) {
  const std::uint8_t meaning = right < count_ ? guesses_[right].meaning : 0xff;
  // A word that is 0 teaches nothing, nor does one that has one guess in 1.1 and 1.2.
  if (are_all_made_ ? count_ > 1 : word_.old_value != 0) {
    auto& chances = chances_[context_];
    for_each_possible(
        [&](std::uint8_t i) { chances[i].learn(possible_[i].value == actual ? 1 : 0, kSlowest); });
    remember_target(right < count_ ? meaning : guesses_.front().meaning, actual);
  }
  winners_ = (winners_ << 8 | meaning) & 0xffffff;
  const std::uint32_t change = actual - word_.old_value;
  if (change != 0) last_change_ = change;
  changes_[static_cast<std::size_t>(word_.old_place >> 2) % changes_.size()] = {word_.old_place,
                                                                                change};
}

}  // namespace xppkg::delta
