#pragma once

#include <algorithm>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// The literals so far, and where what stands before the next one stood before: there the next one
/// is read off as a guess (DELTA §6.11).
class LiteralHistory {
 public:
  /// Remembers 2^heads_log places. Takes six times that, and 4 MiB at most.
  explicit LiteralHistory(unsigned heads_log)
      : shift_(64 - heads_log), heads_(std::size_t{1} << heads_log), checks_(heads_.size()) {}

  /// The bytes that stand before the next literal: the end of a copy.
  void follow(ByteView copied) {
    for (const std::uint8_t byte : copied.last(std::min<std::size_t>(copied.size(), 8))) {
      recent_ = recent_ << 8 | byte;
    }
  }
  /// The last eight bytes, the newest lowest.
  [[nodiscard]] std::uint64_t recent() const { return recent_; }

  struct Guess {
    std::uint8_t byte = 0;
    unsigned sure = 0;    ///< 0: there is none; the more, the longer it was right
    unsigned missed = 0;  ///< bytes that differed lately
  };
  [[nodiscard]] Guess guess() const {
    if (!has_match_) return {0, 0, missed_};
    return {history_[match_ % kHistory], 1 + length_class(), missed_};
  }

  /// Tells what the next literal was.
  void add(std::uint8_t byte) {
    if (has_match_) follow_match(byte);
    if (history_.size() < kHistory)
      history_.push_back(byte);
    else
      history_[place_ % kHistory] = byte;
    ++place_;
    recent_ = recent_ << 8 | byte;
    const std::uint64_t anchor = (recent_ & kAnchor) * 0x9e3779b97f4a7c15ull;
    const auto slot = static_cast<std::size_t>(anchor >> shift_);
    // Without it the history would be looked at for each literal, which is far away.
    const auto check = static_cast<std::uint16_t>(anchor >> (shift_ - 16));
    const bool may_begin = (!has_match_ || missed_ > 0) && matched_ < 16;
    if (may_begin && heads_[slot] > 0 && checks_[slot] == check) begin_match(heads_[slot]);
    heads_[slot] = static_cast<std::uint32_t>(place_);
    checks_[slot] = check;
  }

 private:
  static constexpr std::size_t kHistory = std::size_t{1} << 22;
  static constexpr std::uint64_t kAnchor = 0xffffffffull;  // four bytes
  static constexpr unsigned kLongest = 32;
  static constexpr unsigned kShortest = 4;
  static constexpr unsigned kMostMisses = 8;

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

  unsigned shift_;
  std::vector<std::uint8_t> history_;
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint16_t> checks_;  // of the four bytes before each
  std::uint64_t recent_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t match_ = 0;
  unsigned matched_ = 0;  // bytes in a row
  unsigned missed_ = 0;   // bytes that differed lately
  bool has_match_ = false;
};

}  // namespace xppkg::delta
