#include "reply.hpp"

#include <Poco/Net/NetException.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace xppkg::http {
namespace {

constexpr std::size_t kMaxHeader = 64 * 1024;
constexpr int kMaxInterimAnswers = 10;

[[noreturn]] void no_http(const char* cause) {
  throw Error(Code::transport_unreachable, {{"cause", cause}});
}

/// The lines up to the empty one, which is part of the result.
std::string read_header_text(Line& line, Patience& patience) {
  std::string text;
  while (!text.ends_with("\r\n\r\n") && !text.ends_with("\n\n")) {
    const int byte = line.read_byte(patience);
    if (byte < 0 && text.empty()) throw Poco::Net::NoMessageException();
    if (byte < 0) no_http("the connection ended within the answer's header");
    text += static_cast<char>(byte);
    if (text.size() > kMaxHeader) no_http("the answer's header is over 64 KiB");
    if (text.size() == 5 && text != "HTTP/") no_http("the answer is not HTTP");
  }
  return text;
}

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

std::uint64_t parse_length(const std::string& text) {
  std::string_view rest = text;
  std::uint64_t length = 0;
  if (!read_number(rest, length) || !rest.empty()) no_http("a Content-Length that is no number");
  return length;
}

}  // namespace

ReplyHeader read_header(Line& line, Patience& patience) {
  for (int i = 0; i < kMaxInterimAnswers; ++i) {
    std::istringstream text(read_header_text(line, patience));
    ReplyHeader header;
    try {
      header.fields.read(text);
    } catch (const Poco::Exception&) {
      no_http("the answer's header is malformed");
    }
    header.status = static_cast<int>(header.fields.getStatus());
    if (header.status < 100 || header.status > 599) no_http("the answer has no valid status");
    if (header.status >= 200) return header;
  }
  no_http("only interim answers");
}

std::optional<ContentRange> parse_content_range(const std::string& text) {
  std::string_view rest = text;
  ContentRange range;
  const bool well_formed = skip(rest, "bytes ") && read_number(rest, range.first) &&
                           skip(rest, "-") && read_number(rest, range.last) && skip(rest, "/") &&
                           read_number(rest, range.total) && rest.empty();
  if (!well_formed || range.first > range.last || range.last >= range.total) return std::nullopt;
  return range;
}

Body::Body(Line& line, const ReplyHeader& header, Patience& patience)
    : line_(line), patience_(patience), keep_alive_(header.fields.getKeepAlive()) {
  patience.answered();
  if (header.status == 204 || header.status == 304) {
    framing_ = Framing::counted;
    length_ = 0;
  } else if (header.fields.getChunkedTransferEncoding()) {
    framing_ = Framing::chunked;
  } else if (const std::string text = header.get("Content-Length"); !text.empty()) {
    framing_ = Framing::counted;
    length_ = parse_length(text);
  } else {
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
  const int byte = receive([&] { return line_.read_byte(patience_); });
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
  for (std::size_t total = 0; total < kMaxHeader; ++total) {
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
  const std::size_t got = receive([&] { return line_.read(out, patience_); });
  if (got == 0 && framing_ != Framing::until_close) {
    cut_short("the connection ended within the body");
  }
  done_ += got;
  if (framing_ != Framing::until_close) left_ -= got;
  ended_ = got == 0 || (framing_ == Framing::counted && left_ == 0);
  return got;
}

}  // namespace xppkg::http
