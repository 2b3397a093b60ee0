#pragma once

#include "base/stream.hpp"
#include "coding/probability.hpp"

namespace xppkg::delta {

// A binary arithmetic coder (DELTA §6.1). Writer and reader have the same `bit`, which is given the
// bit (the reader passes over it) and gives it back, so that a model is written once for both.

/// The split of a coder's interval: the lower part stands for 1.
constexpr std::uint32_t split(std::uint32_t low, std::uint32_t high, std::uint32_t probability) {
  return low +
         static_cast<std::uint32_t>((std::uint64_t{high - low} * probability) >> kProbabilityBits);
}
constexpr bool same_top_byte(std::uint32_t low, std::uint32_t high) {
  return ((low ^ high) >> 24) == 0;
}

class RangeWriter {
 public:
  static constexpr bool kWrites = true;

  /// `probability` that the bit is 1, from 1 to 65535.
  unsigned bit(std::uint32_t probability, unsigned bit) {
    const std::uint32_t middle = split(low_, high_, probability);
    if (bit != 0)
      high_ = middle;
    else
      low_ = middle + 1;
    while (same_top_byte(low_, high_)) shift();
    return bit;
  }
  /// The whole stream, without zeros at its end. The writer is not to be used after it.
  Bytes finish();

 private:
  void shift() {
    bytes_.push_back(static_cast<std::uint8_t>(high_ >> 24));
    low_ <<= 8;
    high_ = high_ << 8 | 0xff;
  }

  Bytes bytes_;
  std::uint32_t low_ = 0;
  std::uint32_t high_ = 0xffffffff;
};

class RangeReader {
 public:
  static constexpr bool kWrites = false;

  /// Reads `length` bytes at `offset` of `payload`, which must outlive this; after their end come
  /// zeros without end. Holds 16 KiB.
  RangeReader(const RandomReader& payload, std::uint64_t offset, std::uint64_t length);

  unsigned bit(std::uint32_t probability, unsigned /*unknown*/) {
    const std::uint32_t middle = split(low_, high_, probability);
    const unsigned bit = value_ <= middle ? 1 : 0;
    if (bit != 0)
      high_ = middle;
    else
      low_ = middle + 1;
    while (same_top_byte(low_, high_)) shift();
    return bit;
  }
  /// True when all bytes were read. (Some of the last four may not have been needed.)
  [[nodiscard]] bool is_finished() const { return at_ == buffer_.size() && left_ == 0; }

 private:
  void shift() {
    low_ <<= 8;
    high_ = high_ << 8 | 0xff;
    value_ = value_ << 8 | next();
  }
  std::uint32_t next() {
    if (at_ == buffer_.size() && left_ > 0) load();
    return at_ < buffer_.size() ? buffer_[at_++] : 0u;
  }
  void load();

  const RandomReader& payload_;
  std::uint64_t offset_;
  std::uint64_t left_;
  Bytes buffer_;
  std::size_t at_ = 0;
  std::uint32_t low_ = 0;
  std::uint32_t high_ = 0xffffffff;
  std::uint32_t value_ = 0;
};

}  // namespace xppkg::delta
