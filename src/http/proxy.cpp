#include "http/proxy.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "xppkg/error.hpp"

namespace xppkg::http {
namespace {

using Poco::Net::IPAddress;

/// An address of a proxy, and where it comes from.
struct Setting {
  std::string address;
  std::string place;  // the variable's name; empty: the configuration
};

Proxy parse_proxy(const Setting& setting) {
  const std::string& text = setting.address;
  const std::string full = text.find("://") == std::string::npos ? "http://" + text : text;
  try {
    const Url url = Url::parse(full);
    if (url.tls || url.target != "/") {
      throw Error(Code::usage_invalid, {{"reason", "only http proxies, without a path"}});
    }
    return {url.host, url.port, url.user, url.password};
  } catch (const Error& error) {
    const std::string reason(error.fact("reason"));
    throw Error(Code::transport_unreachable,
                {{"proxy", source::without_password(full)},
                 {setting.place.empty() ? "set by" : "environment",
                  setting.place.empty() ? "the configuration" : setting.place},
                 {"reason", full.starts_with("socks") ? "SOCKS is not spoken here" : reason}});
  }
}

Setting first_set(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = environment(name); !value.empty()) return {std::move(value), name};
  }
  return {};
}

Setting from_environment(const Url& server, const Environment& environment) {
  if (server.tls) {
    return first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  }
  return first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
}

bool in_network(std::string_view network, std::string_view bits, const std::string& host) {
  IPAddress base;
  IPAddress address;
  unsigned prefix = 0;
  const auto read = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
  if (read.ec != std::errc() || read.ptr != bits.data() + bits.size()) return false;
  if (!IPAddress::tryParse(std::string(network), base) || !IPAddress::tryParse(host, address) ||
      base.family() != address.family() || prefix > base.length() * 8U) {
    return false;
  }
  const IPAddress mask(prefix, base.family());
  return (base & mask) == (address & mask);
}

bool same_domain(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || !host.ends_with(entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

/// Cuts ":port" off an entry; false if it names another port than the server's.
bool take_port(std::string& entry, std::uint16_t port) {
  const bool brackets = entry.starts_with('[');
  const std::size_t colon = entry.find(':', brackets ? entry.find(']') : 0);
  if (!brackets && colon != entry.rfind(':')) return true;  // an IPv6 address without brackets
  const bool matches =
      colon == std::string::npos || entry.substr(colon + 1) == fmt::to_string(port);
  entry.resize(std::min(colon, entry.size()));
  if (brackets && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return matches;
}

bool names_server(std::string entry, const Url& server) {
  if (entry == "*") return true;
  for (char& c : entry) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (const std::size_t slash = entry.find('/'); slash != std::string::npos) {
    return in_network(std::string_view(entry).substr(0, slash),
                      std::string_view(entry).substr(slash + 1), server.host);
  }
  return take_port(entry, server.port) && same_domain(entry, server.host);
}

}  // namespace

std::string Proxy::address() const {
  return user.empty() ? fmt::format("{}:{}", host, port)
                      : fmt::format("{}@{}:{}", user, host, port);
}

std::string process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool bypasses_proxy(std::string_view no_proxy, const Url& server) {
  constexpr std::string_view kSeparators = ", \t";
  for (std::size_t at = no_proxy.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const std::size_t end = no_proxy.find_first_of(kSeparators, at);
    if (names_server(std::string(no_proxy.substr(at, end - at)), server)) return true;
    at = no_proxy.find_first_not_of(kSeparators, end);
  }
  return false;
}

std::optional<Proxy> choose_proxy(const std::string& configured, const Url& server,
                                  const Environment& environment) {
  if (configured == "none") return std::nullopt;
  if (!configured.empty()) return parse_proxy({configured, {}});
  const Setting found = from_environment(server, environment);
  if (found.address.empty()) return std::nullopt;
  const Setting exceptions = first_set(environment, {"no_proxy", "NO_PROXY"});
  if (bypasses_proxy(exceptions.address, server)) return std::nullopt;
  return parse_proxy(found);
}

}  // namespace xppkg::http
