#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_connection.hpp"

namespace xppkg::http {

/// The first part of a server's response. It is read leniently, because nothing in it is believed:
/// lines without a colon are left out, folded lines are joined, names are compared without case,
/// and a reason or a value may be as long as the whole header.
class ResponseHeader {
 public:
  /// `text`: the status line and all others. Throws Error with the fact "cause" for text without a
  /// status.
  explicit ResponseHeader(std::string_view text);

  [[nodiscard]] int status() const { return status_; }
  /// The value of a field; those of several fields of one name are joined by ", ". Empty: there is
  /// none.
  [[nodiscard]] std::string get(std::string_view name) const;
  /// The members of a field that is a list, in lower case and without parameters.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  /// The body's length as it is sent. The same number twice is fine; throws Error with the fact
  /// "cause" for a value that is no number, and for two different ones.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// The media type in lower case, without parameters.
  [[nodiscard]] std::string content_type() const;
  [[nodiscard]] bool keeps_connection() const;

 private:
  void read_status(std::string_view line);
  void read_field(std::string_view line);

  int status_ = 0;
  bool is_http_1_0_ = false;
  std::vector<std::pair<std::string, std::string>> fields_;  // names in lower case
};

/// Reads a header of at most 64 KiB; interim responses (1xx) are skipped. Throws
/// Poco::Net::NoMessageException if the connection ends before the first byte,
/// Poco::Net::ConnectionAbortedException if it does before the last, Error with the fact "cause"
/// for bytes that are no HTTP.
ResponseHeader read_header(HttpConnection& connection, StallTimeout& stall_timeout);

/// For what breaks the rules of HTTP.
[[noreturn]] void no_http(const char* cause);

std::string lower_case(std::string_view text);

}  // namespace xppkg::http
