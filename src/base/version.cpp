#include "xppkg/version.hpp"

#include <algorithm>
#include <cstddef>

#include "xppkg/error.hpp"

namespace xppkg {
namespace {

constexpr std::size_t kMaxLength = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

[[noreturn]] void refuse(std::string_view text, std::string reason) {
  throw Error(Code::usage_invalid, {{"version", std::string(text.substr(0, kMaxLength))},
                                    {"reason", std::move(reason)}});
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

std::string without_leading_zeros(const std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}

std::strong_ordering compare_numbers(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

// SemVer 2.0 clause 11.4: numbers below words, numbers as numbers, words by their bytes.
std::strong_ordering compare_tags(const std::string& a, const std::string& b) {
  const bool a_number = all_digits(a);
  const bool b_number = all_digits(b);
  if (a_number && b_number) {
    return compare_numbers(without_leading_zeros(a), without_leading_zeros(b));
  }
  if (a_number != b_number) {
    return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return a.compare(b) <=> 0;
}

}  // namespace

Version Version::parse(std::string_view text) {
  if (text.empty()) refuse(text, "it is empty");
  if (text.size() > kMaxLength) refuse(text, "it is longer than 64 characters");
  Version version;
  version.text_ = text;

  const std::size_t dash = text.find('-');
  for (const std::string& number : split(text.substr(0, dash))) {
    if (number.empty() || !all_digits(number)) {
      refuse(text, "it must begin with numbers separated by dots");
    }
    version.numbers_.push_back(without_leading_zeros(number));
  }
  while (!version.numbers_.empty() && version.numbers_.back() == "0") version.numbers_.pop_back();

  if (dash == std::string_view::npos) return version;
  for (std::string& tag : split(text.substr(dash + 1))) {
    const bool valid = !tag.empty() && std::all_of(tag.begin(), tag.end(),
                                                   [](char c) { return is_alnum(c) || c == '-'; });
    if (!valid) refuse(text, "its pre-release tag must be words of letters, digits and '-'");
    version.tags_.push_back(std::move(tag));
  }
  return version;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  const auto by_numbers = std::lexicographical_compare_three_way(
      a.numbers_.begin(), a.numbers_.end(), b.numbers_.begin(), b.numbers_.end(), compare_numbers);
  if (by_numbers != 0) return by_numbers;
  if (a.tags_.empty() || b.tags_.empty()) return a.tags_.empty() <=> b.tags_.empty();
  return std::lexicographical_compare_three_way(a.tags_.begin(), a.tags_.end(), b.tags_.begin(),
                                                b.tags_.end(), compare_tags);
}

}  // namespace xppkg
