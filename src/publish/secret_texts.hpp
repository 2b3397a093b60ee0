#pragma once

#include <optional>
#include <string_view>

#include "secret_keys.hpp"

namespace xppkg::publish {

/// A text with a key has so many bytes at most, as far as it takes to know it.
inline constexpr std::size_t kLongestKey = 32 * 1024;

/// A key that stands as text in these bytes, between whatever; also in the letters of two bytes
/// that Windows calls Unicode.
std::optional<SecretKeyFound> find_secret_text(std::string_view text);

}  // namespace xppkg::publish
