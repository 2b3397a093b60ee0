#include "site/decision.hpp"

namespace xppkg::site {
namespace {

/// Also what turns the order of the characters around it: a line would look like another one.
bool is_control(char32_t c) {
  const bool is_direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || is_direction;
}

/// A character of UTF-8 at the start of `text`, and how many bytes it takes; 0: there is none.
struct Character {
  char32_t code = 0;
  std::size_t size = 0;
};

Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return {};
  char32_t code = byte(0) & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  const bool is_too_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (is_too_long || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, size};
}

}  // namespace

std::string storable(std::string_view text, std::size_t limit) {
  std::string result;
  while (!text.empty()) {
    const Character c = first_of(text);
    const std::size_t size = c.size == 0 ? 1 : c.size;
    const std::string_view written = c.size == 0          ? std::string_view("?")
                                     : is_control(c.code) ? std::string_view(" ")
                                                          : text.substr(0, size);
    if (result.size() + written.size() > limit) break;
    result += written;
    text.remove_prefix(size);
  }
  return result;
}

}  // namespace xppkg::site
