#include "base/utf8.hpp"

#include <utf8proc.h>

namespace xppkg {

std::optional<Utf8Character> first_utf8_character(std::string_view text) {
  utf8proc_int32_t point = 0;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &point);
  if (bytes <= 0 || point < 0) return std::nullopt;
  return Utf8Character{static_cast<std::uint32_t>(point), static_cast<std::size_t>(bytes)};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character) return false;
    text.remove_prefix(character->bytes);
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    const std::size_t size = character ? character->bytes : 1;
    valid += character ? text.substr(0, size) : "?";
    text.remove_prefix(size);
  }
  return valid;
}

}  // namespace xppkg
