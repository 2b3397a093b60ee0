#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xppkg {

/// A character of UTF-8 text and how many bytes it has.
struct Utf8Character {
  std::uint32_t point = 0;
  std::size_t bytes = 0;
};

/// The first character of the text; empty where its bytes are not UTF-8, or there are none.
std::optional<Utf8Character> first_utf8_character(std::string_view text);

/// True if all bytes are UTF-8: what the kernel or a path says may be anything.
bool is_utf8(std::string_view text);

/// The text with a question mark in the place of each byte that is not UTF-8.
std::string as_utf8(std::string_view text);

}  // namespace xppkg
