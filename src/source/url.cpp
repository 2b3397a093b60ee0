#include "source/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

[[noreturn]] void refuse(std::string_view url, const char* reason) {
  throw Error(Code::usage_invalid, {{"url", without_password(url)}, {"reason", reason}});
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// "%2F": two digits as percent-encoding writes them, and no NUL.
bool is_escape(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return text.size() == 3 && is_digit(text[1]) && is_digit(text[2]) && text != "%00";
}

/// Only what may stand in a request line: neither a space nor a line's end can be smuggled in.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

/// Takes the text before "://" off `rest`; empty if there is no scheme.
std::string take_scheme(std::string_view& rest) {
  const std::size_t end = rest.find("://");
  if (end == std::string_view::npos) return {};
  std::string scheme = lower(rest.substr(0, end));
  rest.remove_prefix(end + 3);
  return scheme;
}

void read_credentials(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  url.user = percent_decoded(text.substr(0, colon));
  if (colon != std::string_view::npos) url.password = percent_decoded(text.substr(colon + 1));
}

void read_port(std::string_view text, std::string_view whole, Url& url) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), url.port);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || url.port == 0) {
    refuse(whole, "the port is not a number from 1 to 65535");
  }
}

void read_host_and_port(std::string_view text, std::string_view whole, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse(whole, "an IPv6 address without its bracket");
    url.host = lower(text.substr(1, end - 1));
    if (!is_ipv6(url.host)) refuse(whole, "not an IPv6 address");
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    url.host = lower(text.substr(0, colon));
    if (!is_host_name(url.host)) refuse(whole, "not a host name");
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return;
  if (!port.starts_with(':')) refuse(whole, "text after the host");
  read_port(port.substr(1), whole, url);
}

/// A host, or none, and perhaps a port.
bool may_be_server(std::string_view text) {
  const std::size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  const std::string_view host = text.substr(0, colon);
  const bool is_host = host.empty() || is_host_name(host) || host.starts_with('[');
  if (colon == std::string_view::npos) return is_host;
  const std::string_view port = text.substr(colon + 1);
  return is_host && !port.empty() &&
         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

std::string path_of(const std::string& target) {
  return target.substr(0, target.find('?'));
}

/// The folder that a relative address starts from: the target up to its last slash.
std::string folder_of(const std::string& target) {
  const std::string path = path_of(target);
  return path.substr(0, path.rfind('/') + 1);
}

std::string absolute(const Url& from, std::string_view location) {
  if (location.starts_with("//")) return (from.tls ? "https:" : "http:") + std::string(location);
  if (location.starts_with('/')) return from.origin() + std::string(location);
  if (location.starts_with('?'))
    return from.origin() + path_of(from.target) + std::string(location);
  const std::size_t colon = location.find(':');
  if (colon != std::string_view::npos && colon < location.find_first_of("/?#")) {
    return std::string(location);
  }
  return from.origin() + folder_of(from.target) + std::string(location);
}

/// Percent-encodes characters that servers write raw: spaces, letters beyond ASCII, and some signs.
/// Control characters stay, and are refused later.
std::string with_escapes(std::string_view location) {
  constexpr std::string_view kUnsafe = " \"<>\\^`{|}";
  std::string result;
  for (const char c : location) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && kUnsafe.find(c) == std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

/// "/a/./b/../c" becomes "/a/c" (RFC 3986, section 5.2.4); a query stays as it is.
std::string without_dots(const std::string& target) {
  const std::string path = path_of(target);
  std::string result;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string part = path.substr(at, end - at);  // with the slash before it
    const bool is_last = end == path.size();
    if (part == "/..") result.erase(std::min(result.rfind('/'), result.size()));
    if (part != "/." && part != "/..") {
      result += part;
    } else if (is_last) {
      result += '/';
    }
    at = end;
  }
  return result + target.substr(path.size());
}

}  // namespace

Url Url::parse(std::string_view text) {
  std::string_view rest = text.substr(0, text.find('#'));
  if (!is_printable(rest)) refuse(text, "a space or control character");
  const std::string scheme = take_scheme(rest);
  if (scheme != "http" && scheme != "https") refuse(text, "the scheme is not http or https");
  Url url;
  url.tls = scheme == "https";
  url.port = url.tls ? kHttpsPort : kHttpPort;
  const std::size_t end = rest.find_first_of("/?");
  std::string_view server = rest.substr(0, end);
  url.target = end == std::string_view::npos ? "/" : rest.substr(end);
  if (url.target.front() == '?') url.target.insert(0, 1, '/');
  if (const std::size_t at = server.rfind('@'); at != std::string_view::npos) {
    read_credentials(server.substr(0, at), url);
    server.remove_prefix(at + 1);
  }
  read_host_and_port(server, text, url);
  return url;
}

std::string Url::authority() const {
  const bool brackets = host.find(':') != std::string::npos;
  const std::string name = brackets ? "[" + host + "]" : host;
  return port == (tls ? kHttpsPort : kHttpPort) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::origin() const {
  return (tls ? "https://" : "http://") + authority();
}

namespace {

/// For messages: no password, no query, as that may be a ticket, and nothing long.
std::string place_of(std::string_view location) {
  constexpr std::size_t kMost = 200;
  const std::string text = without_password(location);
  return text.substr(0, std::min(text.find_first_of("?#"), kMost));
}

}  // namespace

Url redirected(const Url& from, std::string_view location) {
  const auto fail = [&](std::string_view reason) {
    throw Error(Code::transport_refused,
                {{"redirect", place_of(location)}, {"reason", std::string(reason)}});
  };
  Url to;
  try {
    to = Url::parse(absolute(from, with_escapes(location)));
  } catch (const Error& error) {
    fail(error.fact("reason"));
  }
  to.target = without_dots(to.target);
  if (from.tls && !to.tls) fail("a redirect from https to http");
  if (!to.user.empty() || !to.password.empty()) fail("a redirect with credentials");
  return to;
}

std::string without_password(std::string_view url) {
  std::string text(url);
  const std::size_t scheme = text.find("//");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 2;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  std::size_t at = text.rfind('@', end);
  if (at != std::string::npos && at < begin) at = std::string::npos;
  const std::size_t host = at == std::string::npos ? begin : at + 1;
  // A password that was not escaped may hold anything: then the last "@" counts.
  if (!may_be_server(std::string_view(text).substr(host, end - host))) at = text.rfind('@');
  if (at == std::string::npos || at < begin) return text;
  const std::size_t colon = text.find(':', begin);
  if (colon < at) text.erase(colon, at - colon);
  return text;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = text.size() - i > 2 ? hex_digit(text[i + 1]) : -1;
    const int low = text.size() - i > 2 ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) {
      throw Error(Code::usage_invalid, {{"reason", "a broken % escape in an address"}});
    }
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

void check_path(std::string_view path) {
  const auto fail = [&](const char* reason) {
    throw Error(Code::internal, {{"path", std::string(path)}, {"reason", reason}});
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (is_letter_or_digit(c) || std::string_view("._-~/").find(c) != std::string_view::npos) {
      continue;
    }
    if (c != '%' || !is_escape(path.substr(i, 3))) fail("a character that no path at a source has");
  }
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") fail("not a relative path at a source");
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace xppkg::source
