#include "status_error.hpp"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace xppkg::http {
namespace {

/// The three forms of a date in HTTP, recognized by a character that only one has, because Poco
/// accepts nearly any text for each of them.
std::optional<Poco::Timestamp> parse_date(const std::string& text) {
  using Poco::DateTimeFormat;
  if (std::ranges::count(text, ':') != 2 || text.front() < 'A') return std::nullopt;
  const bool has_comma = text.find(',') != std::string::npos;
  const bool has_hyphen = text.find('-') != std::string::npos;
  const std::string& form = has_hyphen  ? DateTimeFormat::RFC850_FORMAT
                            : has_comma ? DateTimeFormat::HTTP_FORMAT
                                        : DateTimeFormat::ASCTIME_FORMAT;
  Poco::DateTime date;
  int zone = 0;
  if (!Poco::DateTimeParser::tryParse(form, text, date, zone)) return std::nullopt;
  return date.timestamp();
}

}  // namespace

bool may_pass(int status) {
  if (status == 408 || status == 425 || status == 429) return true;
  return status >= 500 && status != 501 && status != 505 && status != 511;
}

std::optional<std::uint64_t> retry_after(const ResponseHeader& header) {
  const std::string text = header.get("Retry-After");
  std::uint64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return seconds;
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  const Poco::Timestamp now = parse_date(header.get("Date")).value_or(Poco::Timestamp());
  const Poco::Timestamp::TimeDiff left = *date - now;
  return static_cast<std::uint64_t>(std::max<Poco::Timestamp::TimeDiff>(0, left)) /
         static_cast<std::uint64_t>(Poco::Timestamp::resolution());
}

StatusError::StatusError(const ResponseHeader& header)
    : Error(Code::transport_status, {{"status", fmt::to_string(header.status())}}),
      may_pass_(http::may_pass(header.status())),
      wait_(retry_after(header)) {
  if (wait_) with("retry after", fmt::format("{} s", *wait_));
}

}  // namespace xppkg::http
