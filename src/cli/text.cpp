#include "cli/text.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <unordered_map>

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
