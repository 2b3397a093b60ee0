#include "response.hpp"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace xppkg::http {
namespace {

constexpr std::size_t kMaxTrailer = 64 * 1024;

bool read_number(std::string_view& text, std::uint64_t& number, int base = 10) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (read.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

bool skip(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes";
  if (lower_case(text.substr(0, kUnit.size())) != kUnit) return std::nullopt;
  std::string_view rest = text.substr(kUnit.size());
  const std::size_t numbers = rest.find_first_not_of(" =\t");
  if (numbers == 0 || numbers == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(numbers);
  ContentRange range;
  std::uint64_t total = 0;
  if (!read_number(rest, range.first) || !skip(rest, "-") || !read_number(rest, range.last) ||
      !skip(rest, "/")) {
    return std::nullopt;
  }
  if (!skip(rest, "*")) {
    if (!read_number(rest, total)) return std::nullopt;
    range.total = total;
  }
  const bool is_sound =
      rest.empty() && range.first <= range.last && (!range.total || range.last < *range.total);
  if (!is_sound) return std::nullopt;
  return range;
}

Body::Body(HttpConnection& connection, const ResponseHeader& header, StallTimeout& stall_timeout)
    : connection_(connection),
      stall_timeout_(stall_timeout),
      keep_alive_(header.keeps_connection()) {
  stall_timeout.answered();
  auto codings = header.list("Transfer-Encoding");
  std::erase(codings, "identity");  // Of HTTP as it was at first: no coding.
  if (header.status() == 204 || header.status() == 304) {
    framing_ = Framing::counted;
    length_ = 0;
  } else if (!codings.empty() && codings.back() == "chunked") {
    framing_ = Framing::chunked;
  } else if (length_ = header.content_length(); length_ && codings.empty()) {
    framing_ = Framing::counted;
  } else {
    length_ = std::nullopt;
    keep_alive_ = false;
  }
  left_ = length_.value_or(0);
  ended_ = length_ == 0;
}

void Body::cut_short(const std::string& cause) const {
  const std::string expected = length_ ? fmt::to_string(*length_) : "more";
  throw Error(Code::transport_truncated,
              {{"cause", cause}, {"expected", expected}, {"actual", fmt::to_string(done_)}});
}

/// A connection that breaks within a body cuts it short, in whatever way it breaks: by a reset, or
/// without the good-bye of TLS.
template <typename Read>
auto Body::receive(const Read& read) {
  try {
    return read();
  } catch (const Poco::Exception& exception) {
    cut_short(exception.displayText());
  }
}

int Body::byte() {
  const int byte = receive([&] { return connection_.read_byte(stall_timeout_); });
  if (byte < 0) cut_short("the connection ended within the body");
  return byte;
}

void Body::begin_chunk() {
  if (done_ > 0) end_chunk();
  std::string text;
  while (!text.ends_with('\n')) {
    text += static_cast<char>(byte());
    if (text.size() > 1024) no_http("a chunk's header is too long");
  }
  std::string_view rest = text;
  if (!read_number(rest, left_, 16) || rest.find_first_of(";\r\n \t") != 0) {
    no_http("a chunk without its length");
  }
  if (left_ == 0) read_trailer();
}

void Body::end_chunk() {
  int next = byte();
  if (next == '\r') next = byte();
  if (next != '\n') no_http("a chunk longer than it says");
}

void Body::read_trailer() {
  std::size_t line = 0;
  for (std::size_t total = 0; total < kMaxTrailer; ++total) {
    const int next = byte();
    if (next == '\n' && line == 0) {
      ended_ = true;
      return;
    }
    if (next != '\r') line = next == '\n' ? 0 : line + 1;
  }
  no_http("the body's trailer is over 64 KiB");
}

std::size_t Body::read(MutableByteView out) {
  if (framing_ == Framing::chunked && !ended_ && left_ == 0) begin_chunk();
  if (ended_ || out.empty()) return 0;
  if (framing_ != Framing::until_close) {
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)));
  }
  const std::size_t got = receive([&] { return connection_.read(out, stall_timeout_); });
  if (got == 0 && framing_ != Framing::until_close) {
    cut_short("the connection ended within the body");
  }
  done_ += got;
  if (framing_ != Framing::until_close) left_ -= got;
  ended_ = got == 0 || (framing_ == Framing::counted && left_ == 0);
  return got;
}

}  // namespace xppkg::http
