#include "trust/role_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "xppkg/error.hpp"

namespace xppkg::trust {
namespace {

constexpr std::array<std::string_view, 4> kTopRoles{"root", "timestamp", "snapshot", "targets"};
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxCacheName = 200;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_unreserved(char c) {
  return is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '~' || c == '-';
}

template <typename IsKept>
std::string percent_encoded(std::string_view text, const IsKept& is_kept) {
  std::string out;
  for (const char c : text) {
    if (is_kept(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

[[noreturn]] void refuse_path(std::string_view path) {
  throw Error(Code::trust_malformed, {{"path", std::string(path.substr(0, 256))},
                                      {"reason", "not a relative path without . and .."}});
}

}  // namespace

bool is_delegated_role_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  if (std::ranges::find(kTopRoles, name) != kTopRoles.end()) return false;
  return std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string metadata_file(std::string_view role, std::uint64_t version) {
  return fmt::format("{}.{}", version, metadata_file(role));
}

std::string metadata_file(std::string_view role) {
  return percent_encoded(role, is_unreserved) + ".json";
}

std::string cache_file(std::string_view role) {
  std::string name =
      percent_encoded(role, [](char c) { return is_unreserved(c) && !is_capital(c); });
  // A name of dots only is no file, and one that begins with a dot is hidden.
  if (name.front() == '.') name = "%2E" + name.substr(1);
  if (name.size() > kMaxCacheName) name = sha256(as_bytes(role)).hex();
  return name + ".json";
}

std::string target_file(std::string_view path, std::string_view prefix) {
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") refuse_path(path);
    const bool is_last = slash == std::string_view::npos;
    if (is_last && !prefix.empty()) out += fmt::format("{}.", prefix);
    out += percent_encoded(part, is_unreserved);
    if (is_last) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

}  // namespace xppkg::trust
