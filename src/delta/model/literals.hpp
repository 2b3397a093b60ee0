#pragma once

#include "coding/byte_mixer.hpp"

namespace xppkg::delta {

/// Codes literal bytes by what came before them, and by the old bytes that stand where the copy
/// before them would have gone on (DELTA §6.11).
class LiteralModel {
 public:
  LiteralModel() : mixer_(kLinesLog), history_(kHistory), heads_(std::size_t{1} << kHeadsLog) {}

  /// The bytes that stand before the next literal: the end of a copy.
  void follow(ByteView copied) {
    for (const std::uint8_t byte : copied.last(std::min<std::size_t>(copied.size(), 8))) {
      recent_ = recent_ << 8 | byte;
    }
  }

  /// `expected` is the old byte in this place, or 0 if there is none.
  template <typename Coder>
  std::uint8_t code(Coder& coder, std::uint8_t value, std::uint8_t expected) {
    const auto last = static_cast<std::uint32_t>(recent_);
    const std::uint8_t guessed = has_match_ ? history_[match_ % kHistory] : 0;
    const unsigned sure = !has_match_ ? 0 : 1 + length_class();
    const std::array<std::uint32_t, kContexts> contexts{
        hash(last & 0xff, 1),
        hash(last & 0xffff, 2),
        hash(last & 0xffffff, 3),
        hash(last, 4),
        hash(last, static_cast<std::uint32_t>(recent_ >> 32) & 0xffff),
        hash(expected | (last & 0xff) << 8, 5),
        hash(guessed | sure << 8 | missed_ << 16, 6)};
    const std::uint8_t coded =
        mixer_.code(coder, value, contexts, !has_match_ ? 0 : 1 + std::min(sure / 5, 4u));
    remember(coded);
    return coded;
  }

 private:
  static constexpr unsigned kContexts = 7;
  static constexpr unsigned kLinesLog = 17;
  static constexpr unsigned kHeadsLog = 18;
  static constexpr std::size_t kHistory = std::size_t{1} << 22;
  static constexpr std::uint64_t kAnchor = 0xffffffffull;  // four bytes

  void remember(std::uint8_t byte) {
    if (has_match_) follow_match(byte);
    history_[place_ % kHistory] = byte;
    ++place_;
    recent_ = recent_ << 8 | byte;
    const std::uint64_t anchor = (recent_ & kAnchor) * 0x9e3779b97f4a7c15ull;
    std::uint32_t& head = heads_[static_cast<std::size_t>(anchor >> (64 - kHeadsLog))];
    if ((!has_match_ || missed_ > 0) && matched_ < 16 && head > 0) begin_match(head);
    head = static_cast<std::uint32_t>(place_);
  }

  [[nodiscard]] unsigned length_class() const {
    if (matched_ < 16) return matched_;
    return matched_ < 32 ? 16 + (matched_ - 16) / 4 : 20 + std::min(matched_ / 64, 4u);
  }

  /// A match goes on after a few bytes that differ: code repeats but for the addresses in it.
  void follow_match(std::uint8_t byte) {
    const bool agrees = history_[match_ % kHistory] == byte;
    ++match_;
    matched_ = agrees ? matched_ + 1 : 0;
    if (!agrees)
      ++missed_;
    else if (matched_ >= 16)
      missed_ = 0;
    has_match_ = missed_ < kMostMisses;
  }

  void begin_match(std::uint64_t place) {
    if (place_ - place >= kHistory - kLongest) return;
    unsigned length = 0;
    while (length < kLongest && length < place &&
           history_[(place - 1 - length) % kHistory] ==
               history_[(place_ - 1 - length) % kHistory]) {
      ++length;
    }
    if (length < kShortest || (has_match_ && length <= matched_ + kShortest)) return;
    match_ = place;
    matched_ = length;
    missed_ = 0;
    has_match_ = true;
  }

  static constexpr unsigned kLongest = 32;
  static constexpr unsigned kShortest = 4;
  static constexpr unsigned kMostMisses = 8;
  ByteMixer<kContexts, 6> mixer_;
  std::vector<std::uint8_t> history_;
  std::vector<std::uint32_t> heads_;
  std::uint64_t recent_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t match_ = 0;
  unsigned matched_ = 0;  // bytes in a row
  unsigned missed_ = 0;   // bytes that differed lately
  bool has_match_ = false;
};

}  // namespace xppkg::delta
