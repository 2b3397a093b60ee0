#include "response_header.hpp"

#include <Poco/Net/NetException.h>

#include <algorithm>
#include <charconv>

#include "xppkg/error.hpp"

namespace xppkg::http {
namespace {

constexpr std::size_t kMaxHeader = 64 * 1024;
constexpr int kMaxInterimAnswers = 10;

/// The lines up to the empty one, which is part of the result.
std::string read_header_text(HttpConnection& connection, StallTimeout& stall_timeout) {
  std::string text;
  std::size_t left_over = 0;
  // Both ends of a line may stand in one header, where a program and its server write one.
  while (!text.ends_with("\n\r\n") && !text.ends_with("\n\n")) {
    const int byte = connection.read_byte(stall_timeout);
    if (byte < 0 && text.empty()) throw Poco::Net::NoMessageException();
    // Left over from the response before: RFC 9112, section 2.2, has the same for servers.
    const bool is_left_over = text.empty() && (byte == '\r' || byte == '\n');
    if (is_left_over && ++left_over < kMaxHeader) continue;
    if (byte < 0) {
      throw Poco::Net::ConnectionAbortedException(
          "the connection ended within the answer's header");
    }
    text += static_cast<char>(byte);
    if (text.size() > kMaxHeader) no_http("the answer's header is over 64 KiB");
    if (text.size() == 5 && text != "HTTP/") no_http("the answer is not HTTP");
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Takes the first line off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

template <typename Use>
void for_each_member(std::string_view list, const Use& use) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (const auto member = trimmed(list.substr(0, comma)); !member.empty()) use(member);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

void no_http(const char* cause) {
  throw Error(Code::transport_unreachable, {{"cause", cause}});
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

ResponseHeader::ResponseHeader(std::string_view text) {
  read_status(take_line(text));
  while (!text.empty()) read_field(take_line(text));
}

void ResponseHeader::read_status(std::string_view line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  is_http_1_0_ = line.substr(0, space) == "HTTP/1.0";
  const std::string_view number = trimmed(line.substr(space)).substr(0, 3);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), status_);
  const bool is_number = read.ec == std::errc() && read.ptr == number.data() + number.size();
  if (!is_number || status_ < 100 || status_ > 599) no_http("the answer has no valid status");
}

void ResponseHeader::read_field(std::string_view line) {
  if (!fields_.empty() && (line.starts_with(' ') || line.starts_with('\t'))) {
    fields_.back().second.append(" ").append(trimmed(line));
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  fields_.emplace_back(lower_case(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
}

std::string ResponseHeader::get(std::string_view name) const {
  const std::string wanted = lower_case(name);
  std::string value;
  for (const auto& [key, text] : fields_) {
    if (key == wanted && !text.empty()) value.append(value.empty() ? "" : ", ").append(text);
  }
  return value;
}

std::vector<std::string> ResponseHeader::list(std::string_view name) const {
  std::vector<std::string> members;
  for_each_member(get(name), [&](std::string_view member) {
    members.push_back(lower_case(trimmed(member.substr(0, member.find(';')))));
  });
  return members;
}

std::optional<std::uint64_t> ResponseHeader::content_length() const {
  std::optional<std::uint64_t> length;
  for_each_member(get("Content-Length"), [&](std::string_view text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      no_http("a Content-Length that is no number");
    }
    if (length && *length != number) no_http("two different values of Content-Length");
    length = number;
  });
  return length;
}

std::string ResponseHeader::content_type() const {
  const auto types = list("Content-Type");
  return types.empty() ? std::string() : types.front();
}

bool ResponseHeader::keeps_connection() const {
  const auto words = list("Connection");
  const auto says = [&](const char* word) { return std::ranges::find(words, word) != words.end(); };
  return is_http_1_0_ ? says("keep-alive") : !says("close");
}

ResponseHeader read_header(HttpConnection& connection, StallTimeout& stall_timeout) {
  for (int i = 0; i < kMaxInterimAnswers; ++i) {
    ResponseHeader header(read_header_text(connection, stall_timeout));
    if (header.status() >= 200) return header;
  }
  no_http("only interim answers");
}

}  // namespace xppkg::http
