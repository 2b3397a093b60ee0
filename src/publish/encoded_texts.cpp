#include "encoded_texts.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace xppkg::publish {
namespace {

/// A key of 32 bytes has 64 digits at least in each format that has a structure.
constexpr std::size_t kLeastDigits = 60;
constexpr std::size_t kAlignments = 4;
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

std::uint8_t value_of(char digit) {
  return kValues[static_cast<unsigned char>(digit)];
}

/// The end of a line and what indents the next one; 0: the text ends here.
std::size_t size_of_break(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::size_t size = 0;
  if (text.starts_with("\\r\\n")) {
    size = 4;
  } else if (text.starts_with("\\n")) {
    size = 2;
  } else if (text.starts_with('\n')) {
    size = 1;
  } else if (text.starts_with("\r\n")) {
    size = 2;
  } else {
    return 0;
  }
  while (size < text.size() && size < kMost && (text[size] == ' ' || text[size] == '\t')) ++size;
  return size;
}

struct Digits {
  std::string text;
  std::vector<std::size_t> lines;  ///< where each but the first begins
};

/// Takes digits from `at` on. Two hyphens frame a key, and are no digits of it.
Digits take_digits(std::string_view text, std::size_t& at) {
  Digits digits;
  while (at < text.size() && !text.substr(at).starts_with("--")) {
    if (value_of(text[at]) != kNone) {
      digits.text += text[at++];
      continue;
    }
    const std::size_t size = size_of_break(text.substr(at));
    if (size == 0) break;
    at += size;
    digits.lines.push_back(digits.text.size());
  }
  return digits;
}

Bytes decoded(std::string_view digits) {
  Bytes bytes;
  bytes.reserve(digits.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : digits) {
    bits = bits << 6U | value_of(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> static_cast<unsigned>(count)));
  }
  return bytes;
}

}  // namespace

bool visit_decoded(std::string_view text, const std::function<bool(ByteView decoded)>& visit) {
  constexpr std::size_t kLongest = 16 * 1024;
  for (std::size_t at = 0; at < text.size();) {
    if (value_of(text[at]) == kNone || text[at] == '-') {
      ++at;
      continue;
    }
    const auto [digits, lines] = take_digits(text, at);
    if (digits.size() < kLeastDigits) continue;
    const std::string_view all = digits;
    for (std::size_t begin = 0; begin < kAlignments; ++begin) {
      if (visit(decoded(all.substr(begin)))) return true;
    }
    // A line above may have been a word. "M" is how the structure of a key begins.
    for (const std::size_t line : lines) {
      const bool may_be_key = line < all.size() && all[line] == 'M';
      if (may_be_key && visit(decoded(all.substr(line, kLongest)))) return true;
    }
  }
  return false;
}

}  // namespace xppkg::publish
