#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "response_header.hpp"

namespace xppkg::http {

/// "bytes first-last/total" of a response with status 206. A server that does not know the total
/// writes "*".
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;
};
/// Nothing if the text has another form. "bytes=" and more spaces are seen on the web as well.
std::optional<ContentRange> parse_content_range(std::string_view text);

/// The body that follows a header: counted, in chunks, or until the connection ends.
class Body {
 public:
  Body(HttpConnection& connection, const ResponseHeader& header, StallTimeout& stall_timeout);

  /// One or more bytes; 0 at the end of the whole body. A body that is cut short throws
  /// Error{transport_truncated} with the fact "cause".
  std::size_t read(MutableByteView out);
  /// Bytes in all, where the server says so.
  [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
  /// True if the whole body was read and the server keeps the connection open.
  [[nodiscard]] bool connection_is_reusable() const { return ended_ && keep_alive_; }

 private:
  enum class Framing { counted, chunked, until_close };

  [[noreturn]] void cut_short(const std::string& cause) const;
  void begin_chunk();
  void end_chunk();
  void read_trailer();
  int byte();
  template <typename Read>
  auto receive(const Read& read);

  HttpConnection& connection_;
  StallTimeout& stall_timeout_;
  Framing framing_ = Framing::until_close;
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  // of the counted body or of the chunk
  std::uint64_t done_ = 0;
  bool ended_ = false;
  bool keep_alive_ = false;
};

}  // namespace xppkg::http
