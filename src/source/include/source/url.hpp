#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xppkg::source {

/// The address of a web server or of a file on it, taken apart. Poco::URI is not used because it
/// decodes what must go over the line as it was written ("%2F").
struct Url {
  bool tls = false;
  std::string host;  ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string user;      ///< percent-decoded; empty: no credentials
  std::string password;  ///< percent-decoded
  std::string target;    ///< path and query as sent to the server; begins with "/"

  /// Reads "http[s]://[user[:password]@]host[:port][/path]". A fragment is cut off. Throws
  /// Error{usage_invalid} with the facts "url" (without a password) and "reason".
  static Url parse(std::string_view text);

  /// "host" or "host:port" where it is not the scheme's own port; IPv6 in brackets.
  [[nodiscard]] std::string authority() const;
  /// "https://host[:port]": equal for two addresses on the same server.
  [[nodiscard]] std::string origin() const;
};

/// The target of a server's redirect from `from` by the header "Location". Throws
/// Error{transport_refused} with the facts "redirect" and "reason" for a step from https to http,
/// another scheme, credentials, or text that is no address.
Url redirected(const Url& from, std::string_view location);

/// An address for messages: without a password.
std::string without_password(std::string_view url);

/// "%41" becomes "A". Throws Error{usage_invalid} for a broken escape or an encoded NUL.
std::string percent_decoded(std::string_view text);

/// Throws Error{internal} unless `path` is as source::Source wants it: relative, parts that are
/// neither empty nor "." nor "..", only A-Z a-z 0-9 . _ ~ - "/" and escapes such as "%2F".
void check_path(std::string_view path);

}  // namespace xppkg::source
