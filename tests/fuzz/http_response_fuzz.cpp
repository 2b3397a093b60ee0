// Any bytes as what a web server sends: header, body, encoding, redirects. Only documented errors,
// and never more bytes of the file than were asked for.

#include <Poco/Exception.h>

#include <algorithm>

#include "documented.hpp"
#include "http/content.hpp"
#include "http/status_error.hpp"

namespace {

using namespace xppkg;

constexpr std::uint64_t kMost = 64 * 1024;

/// A server that sends the input in pieces, and hangs up.
class Script final : public http::HttpConnection {
 public:
  explicit Script(ByteView bytes) : left_(bytes) {}
  void send(Poco::Net::HTTPRequest& /*request*/) override {}

 protected:
  int receive_some(char* out, int size) override {
    constexpr std::size_t kPiece = 97;
    const std::size_t got = std::min({left_.size(), static_cast<std::size_t>(size), kPiece});
    std::copy_n(left_.begin(), got, out);
    left_ = left_.subspan(got);
    return static_cast<int>(got);
  }

 private:
  ByteView left_;
};

void look_at(const http::ResponseHeader& header) {
  static_cast<void>(http::retry_after(header));
  static_cast<void>(header.keeps_connection());
  const auto range = http::parse_content_range(header.get("Content-Range"));
  fuzz::require(!range || range->first <= range->last);
}

void follow(const http::ResponseHeader& header) {
  const std::string location = header.get("Location");
  if (location.empty()) return;
  const source::Url from = source::Url::parse("https://example.com/files/a.xpp");
  const source::Url to = source::redirected(from, location);
  fuzz::require(to.tls && to.user.empty() && to.target.starts_with('/'));
  const auto may_be_sent = [](char c) { return c > 0x20 && c < 0x7f; };
  fuzz::require(std::ranges::all_of(to.target + to.authority(), may_be_sent));
}

void read_file(http::HttpConnection& line, const http::ResponseHeader& header,
               source::StallTimeout& stall_timeout) {
  http::Body body(line, header, stall_timeout);
  http::Content content(body, header, kMost);
  static_cast<void>(content.is_message(header.content_type()));
  Bytes buffer(1000);
  std::uint64_t done = 0;
  while (done <= kMost) {
    const std::size_t got = content.read(buffer);
    fuzz::require(got <= buffer.size());
    if (got == 0) return;
    done += got;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Observer nobody;
  source::StallTimeout stall_timeout(std::chrono::seconds(30), nobody);
  Script line({data, size});
  try {
    fuzz::documented({Code::transport_unreachable, Code::transport_truncated,
                      Code::transport_encoding, Code::transport_refused},
                     [&] {
                       const http::ResponseHeader header = http::read_header(line, stall_timeout);
                       look_at(header);
                       read_file(line, header, stall_timeout);
                       follow(header);
                     });
  } catch (const Poco::Exception&) {
    // A connection that ended within the header, as HttpSource translates it.
  }
  return 0;
}
