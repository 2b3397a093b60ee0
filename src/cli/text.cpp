#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalogue.hpp"

namespace xppkg::cli {
namespace {

using Lookup = std::unordered_map<std::string_view, std::string_view>;

const Lookup& german() {
  static const Lookup lookup = [] {
    Lookup texts;
    for (const auto& [english, translation] : catalogue_de()) texts.emplace(english, translation);
    return texts;
  }();
  return lookup;
}

bool environment_is_german() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("de");
  }
  return false;
}

bool& is_german() {
  static bool chosen = environment_is_german();
  return chosen;
}

constexpr std::string_view kPlace = "{}";

/// The values at the places of a pattern; nothing where the text is not made of it.
std::optional<std::vector<std::string_view>> values_of(std::string_view pattern,
                                                       std::string_view text) {
  std::vector<std::string_view> values;
  std::size_t place = pattern.find(kPlace);
  if (text.substr(0, place) != pattern.substr(0, place)) return std::nullopt;
  while (place != std::string_view::npos) {
    text.remove_prefix(place);
    pattern.remove_prefix(place + kPlace.size());
    place = pattern.find(kPlace);
    const std::string_view literal = pattern.substr(0, place);
    const bool is_last = place == std::string_view::npos;
    if (is_last && !text.ends_with(literal)) return std::nullopt;
    const std::size_t end = is_last ? text.size() - literal.size() : text.find(literal);
    if (end == std::string_view::npos) return std::nullopt;
    values.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return values;
}

std::string filled(std::string_view pattern, const std::vector<std::string_view>& values) {
  std::string text;
  for (const std::string_view value : values) {
    const std::size_t place = pattern.find(kPlace);
    text.append(pattern.substr(0, place)).append(value);
    pattern.remove_prefix(place + kPlace.size());
  }
  return text.append(pattern);
}

}  // namespace

void choose_language(std::string_view wanted) {
  if (wanted == "de") is_german() = true;
  if (wanted == "en") is_german() = false;
}

std::string_view tr(std::string_view english) {
  if (!is_german()) return english;
  const auto found = german().find(english);
  return found == german().end() ? english : found->second;
}

std::string tr_value(std::string_view english) {
  if (!is_german()) return std::string(english);
  std::size_t most = 0;
  std::string found(english);
  for (const auto& [pattern, german_pattern] : catalogue_de_facts()) {
    if (pattern == english) return std::string(german_pattern);
    if (pattern.size() <= most || pattern.find(kPlace) == std::string_view::npos) continue;
    if (const auto values = values_of(pattern, english)) {
      most = pattern.size();
      found = filled(german_pattern, *values);
    }
  }
  return found;
}

std::string shell_word(std::string_view text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-+:", c) != nullptr;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  static constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::string number = fmt::format("{:.1f}", value);
  if (is_german()) number[number.find('.')] = ',';
  return number + " " + kUnits[unit];
}

std::string human_duration(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace xppkg::cli
