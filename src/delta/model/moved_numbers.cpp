#include "model/moved_numbers.hpp"

#include <algorithm>

#include "coding/hash.hpp"

namespace xppkg::delta {
namespace {

/// Longer rows of digits are no numbers, but digests and the like.
constexpr std::size_t kMostDigits = 18;
constexpr std::uint32_t kMostScore = 255;

constexpr bool is_digit(std::uint8_t byte) {
  return byte >= '0' && byte <= '9';
}
constexpr bool is_letter(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::int64_t value_of(ByteView digits) {
  std::int64_t value = 0;
  for (const std::uint8_t digit : digits) value = value * 10 + (digit - '0');
  return value;
}

/// The number in as many digits; they stay as they are if it does not fit.
void put(std::int64_t value, MutableByteView digits) {
  if (value < 0) return;
  std::int64_t left = value;
  for (std::size_t i = 0; i < digits.size(); ++i) left /= 10;
  if (left > 0) return;
  for (std::size_t i = digits.size(); i-- > 0; value /= 10) {
    digits[i] = static_cast<std::uint8_t>('0' + value % 10);
  }
}

}  // namespace

void MovedNumbers::Column::learn(std::int64_t actual) {
  if (actual == change) {
    score = std::min(score + 1, kMostScore);
    return;
  }
  score /= 2;
  if (actual == candidate) change = actual;
  candidate = actual;
}

std::size_t MovedNumbers::block(ByteView row) const {
  std::size_t size = std::min(most_, row.size());
  // A number is not cut.
  const std::size_t end = std::min(row.size(), size + 2 * kMost);
  while (size < end && is_digit(row[size - 1]) && is_digit(row[size])) ++size;
  return size;
}

void MovedNumbers::pass(std::uint8_t byte) {
  text_ = text_ << 8 | byte;
  if (byte == '\n')
    field_ = 0;
  else if (!is_letter(byte) && byte != '0')
    ++field_;
}

void MovedNumbers::add_number(ByteView old_bytes, std::size_t begin, std::size_t size) {
  Number number{begin, size, value_of(old_bytes.subspan(begin, size))};
  number.by_text = hash(text_, 0x10) >> (32 - kColumnsLog);
  number.by_field =
      (hash(field_, text_ & 0xff) >> (32 - kColumnsLog)) + (std::size_t{1} << kColumnsLog);
  const Column& by_text = columns_[number.by_text];
  const Column& by_field = columns_[number.by_field];
  const std::int64_t change = (by_text.score >= by_field.score ? by_text : by_field).change;
  if (change != 0) put(number.value + change, MutableByteView(expected_).subspan(begin, size));
  numbers_.push_back(number);
}

ByteView MovedNumbers::foresee(ByteView old_bytes) {
  expected_.assign(old_bytes.begin(), old_bytes.end());
  numbers_.clear();
  for (std::size_t i = 0; i < old_bytes.size();) {
    if (!is_digit(old_bytes[i])) {
      pass(old_bytes[i++]);
      continue;
    }
    const std::size_t begin = i;
    while (i < old_bytes.size() && is_digit(old_bytes[i])) ++i;
    if (i - begin <= kMostDigits) add_number(old_bytes, begin, i - begin);
    pass('0');
  }
  return expected_;
}

void MovedNumbers::learn(ByteView new_bytes) {
  for (const Number& number : numbers_) {
    const ByteView digits = new_bytes.subspan(number.begin, number.size);
    if (!std::ranges::all_of(digits, is_digit)) continue;
    const std::int64_t change = value_of(digits) - number.value;
    columns_[number.by_text].learn(change);
    columns_[number.by_field].learn(change);
  }
  const bool is_right = std::ranges::equal(new_bytes, expected_);
  most_ = is_right ? std::min(2 * most_, kMost) : kLeast;
}

}  // namespace xppkg::delta
