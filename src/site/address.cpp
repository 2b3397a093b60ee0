#include "address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include "site/site.hpp"
#include "source/url.hpp"
#include "statement.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

constexpr std::uint16_t kPostgresqlPort = 5432;
constexpr std::uint16_t kMysqlPort = 3306;
constexpr std::uint64_t kMaxPasswordFile = 4096;

constexpr const char* kSchema = "schema";

/// Stands in a statement between quotation marks.
bool is_schema(const std::string& name) {
  constexpr std::size_t kMaxSchema = 63;
  return !name.empty() && name.size() <= kMaxSchema &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '$' || c == '.';
         });
}

/// Which values an option may have; none: the path of a file.
using Options = std::map<std::string, std::set<std::string>>;

const Options& options_of(bool is_postgresql) {
  static const Options postgresql{
      {"sslmode", {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
      {"sslrootcert", {}},
      {kSchema, {}},
      {"password-file", {}}};
  static const Options mysql{{"ssl-mode", {"disabled", "preferred", "required", "verify-identity"}},
                             {"ssl-ca", {}},
                             {"password-file", {}}};
  return is_postgresql ? postgresql : mysql;
}

class Parser {
 public:
  explicit Parser(const std::string& url) : url_(url) {}

  ServerAddress parse() {
    const bool is_postgresql = url_.starts_with(kPostgresqlScheme);
    std::string_view rest(url_);
    rest.remove_prefix(rest.find("//") + 2);
    const std::size_t path = rest.find_first_of("/?#");
    if (path == std::string_view::npos || rest[path] != '/') refuse("a database has to follow /");
    address_.port = is_postgresql ? kPostgresqlPort : kMysqlPort;
    read_authority(rest.substr(0, path));
    rest.remove_prefix(path + 1);
    const std::size_t query = rest.find('?');
    address_.database = decoded(rest.substr(0, query));
    if (address_.database.empty()) refuse("a database has to follow /");
    if (query != std::string_view::npos) {
      read_options(rest.substr(query + 1), options_of(is_postgresql));
    }
    if (!address_.password.empty() && !address_.option("password-file").empty()) {
      refuse("there are a password and a file of it");
    }
    return address_;
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    // Nobody knows the bounds of a password in a broken address.
    throw Error(Code::usage_invalid,
                {{"database", url_.substr(0, url_.find(':') + 3) + "…"}, {"reason", reason}});
  }

  [[nodiscard]] std::string decoded(std::string_view text) const {
    try {
      return source::percent_decoded(text);
    } catch (const Error&) {
      refuse("a broken % escape");
    }
  }

  void read_authority(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) refuse("a user and @ have to stand before the host");
    const std::string_view credentials = text.substr(0, at);
    const std::size_t colon = credentials.find(':');
    address_.user = decoded(credentials.substr(0, colon));
    if (address_.user.empty()) refuse("a user and @ have to stand before the host");
    if (colon != std::string_view::npos) {
      address_.password = decoded(credentials.substr(colon + 1));
    }
    read_host(text.substr(at + 1));
  }

  void read_host(std::string_view text) {
    std::size_t end = text.find(':');
    if (text.starts_with('[')) {
      const std::size_t bracket = text.find(']');
      if (bracket == std::string_view::npos) refuse("an IPv6 address without its bracket");
      address_.host = text.substr(1, bracket - 1);
      end = bracket + 1;
    } else {
      address_.host = text.substr(0, end);
    }
    // Nothing that a driver could take for a list, a path or an option.
    const bool is_plain = std::ranges::all_of(address_.host, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
    });
    if (address_.host.empty() || !is_plain) refuse("not a host");
    if (end >= text.size()) return;
    const std::string_view digits = text.substr(end + 1);
    const char* last = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), last, address_.port);
    const bool is_port = result.ec == std::errc() && result.ptr == last && address_.port != 0;
    if (text[end] != ':' || !is_port) refuse("the port is not a number from 1 to 65535");
  }

  void read_options(std::string_view text, const Options& known) {
    while (!text.empty()) {
      const std::string_view option = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(option.size() + 1, text.size()));
      const std::string name(option.substr(0, option.find('=')));
      const auto values = known.find(name);
      if (values == known.end()) refuse("an unknown option");
      if (name.size() == option.size()) refuse("an option without a value");
      const std::string value = decoded(option.substr(name.size() + 1));
      if (name == kSchema) {
        if (!is_schema(value)) refuse("schema is not a plain name");
      } else if (values->second.empty()) {
        if (!fs::from_utf8(value).is_absolute()) refuse(name + " is not an absolute path");
      } else if (!values->second.contains(value)) {
        refuse("a value that " + name + " does not have");
      }
      if (!address_.options.emplace(name, value).second) refuse("an option twice");
    }
  }

  const std::string& url_;
  ServerAddress address_;
};

std::string read_password(const std::string& path, fs::FileSystem& disk) {
  try {
    const auto file = disk.open_read(fs::from_utf8(path));
    Bytes bytes(static_cast<std::size_t>(std::min(file->size(), kMaxPasswordFile)));
    file->read_at(0, bytes);
    const std::string_view text = as_text(bytes);
    return std::string(text.substr(0, text.find_first_of("\r\n")));
  } catch (const Error& error) {
    if (error.code() == Code::rights_unsafe_folder) throw;
    throw Failure(Failure::Kind::unreachable,
                  "the file of the password cannot be read: " + std::string(error.fact("cause")));
  }
}

bool is_sound(const std::string& url) {
  if (!url.starts_with(kPostgresqlScheme) && !url.starts_with(kMysqlScheme)) return false;
  try {
    Parser(url).parse();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string ServerAddress::option(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

std::string ServerAddress::find_password(fs::FileSystem& disk) const {
  if (!password.empty()) return password;
  const std::string file = option("password-file");
  if (!file.empty()) return read_password(file, disk);
  const char* variable = std::getenv("XPPKG_DATABASE_PASSWORD");
  return variable == nullptr ? std::string() : variable;
}

ServerAddress parse_server(const std::string& url) {
  return Parser(url).parse();
}

std::string without_password(const std::string& url) {
  std::string text(url);
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  if (is_sound(url)) return source::without_password(url);
  // A password that was not escaped may hold anything: the last "@" counts.
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.find(':', scheme + 3);
  if (at != std::string::npos && colon < at) text.erase(colon, at - colon);
  return text;
}

}  // namespace xppkg::site
