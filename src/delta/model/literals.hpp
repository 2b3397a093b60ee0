#pragma once

#include "coding/byte_mixer.hpp"

namespace xppkg::delta {

/// Codes literal bytes by what came before them, and by the old bytes that stand where the copy
/// before them would have gone on (DELTA §6.11).
class LiteralModel {
 public:
  LiteralModel() : mixer_(kLinesLog), history_(kHistory), heads_(std::size_t{1} << kHeadsLog) {}

  /// `expected` is the old byte in this place, or 0 if there is none.
  template <typename Coder>
  std::uint8_t code(Coder& coder, std::uint8_t value, std::uint8_t expected) {
    const auto last = static_cast<std::uint32_t>(recent_);
    const std::uint8_t guessed = matched_ > 0 ? history_[match_ % kHistory] : 0;
    const unsigned sure = std::min<unsigned>(matched_, 15);
    const std::array<std::uint32_t, kContexts> contexts{
        hash(last & 0xff, 1),
        hash(last & 0xffff, 2),
        hash(last & 0xffffff, 3),
        hash(last, 4),
        hash(last, static_cast<std::uint32_t>(recent_ >> 32) & 0xffff),
        hash(expected | (last & 0xff) << 8, 5),
        hash(guessed | sure << 8, 6)};
    const std::uint8_t coded =
        mixer_.code(coder, value, contexts, matched_ == 0 ? 0 : 1 + sure / 4);
    remember(coded);
    return coded;
  }

 private:
  static constexpr unsigned kContexts = 7;
  static constexpr unsigned kLinesLog = 17;
  static constexpr unsigned kHeadsLog = 16;
  static constexpr std::size_t kHistory = std::size_t{1} << 20;
  static constexpr std::uint64_t kAnchor = 0xffffffffffull;  // five bytes

  void remember(std::uint8_t byte) {
    if (matched_ > 0 && history_[match_ % kHistory] == byte) {
      ++matched_;
      ++match_;
    } else {
      matched_ = 0;
    }
    history_[place_ % kHistory] = byte;
    ++place_;
    recent_ = recent_ << 8 | byte;
    const std::uint64_t anchor = (recent_ & kAnchor) * 0x9e3779b97f4a7c15ull;
    std::uint32_t& head = heads_[static_cast<std::size_t>(anchor >> (64 - kHeadsLog))];
    if (matched_ == 0 && head > 0 && place_ - head < kHistory) {
      match_ = head;
      matched_ = 1;
    }
    head = static_cast<std::uint32_t>(place_);
  }

  ByteMixer<kContexts, 5> mixer_;
  std::vector<std::uint8_t> history_;
  std::vector<std::uint32_t> heads_;
  std::uint64_t recent_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t match_ = 0;
  unsigned matched_ = 0;
};

}  // namespace xppkg::delta
