#pragma once

#include <memory>
#include <string>

#include "response.hpp"

namespace xppkg::http {

class Inflater;

/// The file that a body carries. We ask for it as it is ("identity"); a server, or a proxy on the
/// way, that compresses it all the same (gzip or deflate) is undone here, piece by piece, so that
/// no more is in memory than what the caller takes.
class Content {
 public:
  /// `most`: bytes that the file may have. Compressed bytes beyond that and a little are no file of
  /// ours. Throws Error{transport_encoding} for other encodings.
  Content(Body& body, const ResponseHeader& header, std::uint64_t most);
  ~Content();

  /// One or more bytes of the file; 0 at its end. Throws as Body::read, and
  /// Error{transport_encoding} for damaged or endless compressed data.
  std::size_t read(MutableByteView out);
  /// Bytes in all, where the server says so.
  [[nodiscard]] std::optional<std::uint64_t> length() const;
  [[nodiscard]] bool is_encoded() const { return inflater_ != nullptr; }

  /// True if the bytes begin as a web page does. Nothing is lost for `read`; no more bytes are
  /// waited for than it takes to tell.
  bool is_web_page();
  /// The same where JSON is due: text of another kind is somebody's message as well.
  bool is_message(const std::string& content_type);

 private:
  std::size_t read_decoded(MutableByteView out);
  bool read_more_of_head();

  Body& body_;
  std::unique_ptr<Inflater> inflater_;
  std::string head_;  // read before its time
  std::size_t head_at_ = 0;
};

}  // namespace xppkg::http
