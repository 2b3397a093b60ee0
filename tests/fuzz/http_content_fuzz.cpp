// Any bytes as a compressed body, the first of which says how it is announced. Only documented
// errors; a reader that wants no more than a file may have gets no more.

#include <algorithm>
#include <array>

#include "documented.hpp"
#include "http/content.hpp"

namespace {

using namespace xppkg;

constexpr std::uint64_t kMost = 256 * 1024;

class Script final : public http::HttpConnection {
 public:
  explicit Script(ByteView bytes) : left_(bytes) {}
  void send(Poco::Net::HTTPRequest& /*request*/) override {}

 protected:
  int receive_some(char* out, int size) override {
    const std::size_t got = std::min(left_.size(), static_cast<std::size_t>(size));
    std::copy_n(left_.begin(), got, out);
    left_ = left_.subspan(got);
    return static_cast<int>(got);
  }

 private:
  ByteView left_;
};

constexpr std::array kAnnounced{"Content-Encoding: gzip", "Content-Encoding: deflate",
                                "Transfer-Encoding: gzip", "Content-Encoding: x-gzip, identity"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string announced = kAnnounced[data[0] % kAnnounced.size()];
  const http::ResponseHeader header("HTTP/1.1 200 OK\r\n" + announced + "\r\n\r\n");
  Observer nobody;
  source::StallTimeout stall_timeout(std::chrono::seconds(30), nobody);
  Script line({data + 1, size - 1});
  fuzz::documented({Code::transport_truncated, Code::transport_encoding}, [&] {
    http::Body body(line, header, stall_timeout);
    http::Content content(body, header, kMost);
    Bytes buffer(1 + std::size_t{data[0]} * 16);
    for (std::uint64_t done = 0; done <= kMost;) {
      const std::size_t got = content.read(buffer);
      fuzz::require(got <= buffer.size());
      if (got == 0) return;
      done += got;
    }
  });
  return 0;
}
