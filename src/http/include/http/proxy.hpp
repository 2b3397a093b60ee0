#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "source/url.hpp"

namespace xppkg::http {

using source::Url;

/// A forward proxy that speaks HTTP.
struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string user;  ///< empty: no credentials
  std::string password;

  /// "host:port" with the user but no password, for messages.
  [[nodiscard]] std::string address() const;
};

/// The value of an environment variable; empty where it is not set.
using Environment = std::function<std::string(const char* name)>;

/// The environment of this process.
std::string process_environment(const char* name);

/// The proxy for one server, or nothing for a direct connection. `configured` is
/// HttpOptions::proxy: "none", an address, or empty for the environment, where lower-case names
/// come first and HTTP_PROXY is not looked at, because a web server hands a request's "Proxy:"
/// header to its programs under that name. Throws Error{transport_unreachable} with the facts
/// "proxy", "environment" (the variable) or "set by", and "reason" for an address that is not
/// "[http://][user[:password]@]host[:port]": such a proxy is like one that is down.
std::optional<Proxy> choose_proxy(const std::string& configured, const Url& server,
                                  const Environment& environment);

/// True if a server is named by a no_proxy list: names and their subdomains, addresses, IPv4 and
/// IPv6 networks ("10.0.0.0/8"), each perhaps with ":port", or "*" for all; parted by commas or
/// spaces.
bool bypasses_proxy(std::string_view no_proxy, const Url& server);

}  // namespace xppkg::http
