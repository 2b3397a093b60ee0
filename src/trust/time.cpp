#include "trust/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "xppkg/error.hpp"

namespace xppkg::trust {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view kForm = "0000-00-00T00:00:00Z";

bool has_form(std::string_view text) {
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  });
}

unsigned digits(std::string_view text, std::size_t at, std::size_t count) {
  unsigned value = 0;
  for (const char c : text.substr(at, count)) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

[[noreturn]] void refuse(std::string_view text) {
  throw Error(Code::trust_malformed,
              {{"reason", "not a time"}, {"value", std::string(text.substr(0, 32))}});
}

}  // namespace

Time parse_time(std::string_view text) {
  if (!has_form(text)) refuse(text);
  const year_month_day day{std::chrono::year{static_cast<int>(digits(text, 0, 4))},
                           std::chrono::month{digits(text, 5, 2)},
                           std::chrono::day{digits(text, 8, 2)}};
  const unsigned hour = digits(text, 11, 2);
  const unsigned minute = digits(text, 14, 2);
  const unsigned second = digits(text, 17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) refuse(text);
  const Time days = sys_days{day}.time_since_epoch().count();
  return days * 86'400 + hour * 3600 + minute * 60 + second;
}

std::string format_time(Time time) {
  const Time days = time >= 0 ? time / 86'400 : (time - 86'399) / 86'400;
  const Time rest = time - days * 86'400;
  const year_month_day day{sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     rest / 3600, rest / 60 % 60, rest % 60);
}

}  // namespace xppkg::trust
