#include "suggestion.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace xppkg::cli {
namespace {

/// Names that other programs have for it. The first one that the program has is meant.
constexpr std::array kOtherNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"update", "apply"},       {"upgrade", "apply"},     {"patch", "apply"},
    {"update", "add"},         {"publish", "add"},       {"release", "add"},
    {"publish", "release"},    {"approve", "release"},   {"downgrade", "rollback"},
    {"revert", "rollback"},    {"undo", "rollback"},     {"fix", "repair"},
    {"setup", "init"},         {"create", "init"},       {"create", "new"},
    {"create", "diff"},        {"make", "diff"},         {"generate", "new"},
    {"info", "status"},        {"info", "show"},         {"list", "show"},
    {"list", "status"},        {"log", "history"},       {"run", "start"},
    {"launch", "start"},       {"pause", "hold"},        {"resume", "unhold"},
    {"workstations", "fleet"}, {"remove", "withdraw"},   {"delete", "withdraw"},
    {"remove", "revoke"},      {"delete", "revoke"},     {"clean", "prune"},
    {"renew", "refresh"},      {"check", "verify"},      {"version", "--version"},
    {"help", "--help"},        {"--folder", "-C"},       {"--dir", "-C"},
    {"--directory", "-C"},     {"--latest", "--newest"}, {"--language", "--lang"},
    {"--url", "--source"},     {"--name", "--package"},
});

/// How many letters have to be put in, taken out, replaced, or swapped with their neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, std::move(row));
  }
  return last[b.size()];
}

/// Beginnings of one word only.
std::string completed(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLeast = 3;
  const auto begins = [word](const std::string& name) { return name.starts_with(word); };
  if (word.size() < kLeast || std::ranges::count_if(known, begins) != 1) return {};
  return *std::ranges::find_if(known, begins);
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 32;
  if (word.size() > kLongest) return {};
  for (const auto& [other, name] : kOtherNames) {
    if (other == word && std::ranges::find(known, name) != known.end()) return std::string(name);
  }
  if (const std::string whole = completed(word, known); !whole.empty()) return whole;
  std::string closest;
  const bool is_option = word.starts_with("--");
  std::size_t least = std::max<std::size_t>(1, (word.size() - (is_option ? 2 : 0)) / 3) + 1;
  for (const std::string& name : known) {
    if (name.size() < 3 || name.starts_with('-') != word.starts_with('-')) continue;
    const std::size_t steps = distance(word, name);
    if (steps >= least) continue;
    least = steps;
    closest = name;
  }
  return closest;
}

}  // namespace xppkg::cli
