#include <string_view>
#include <system_error>

#include "folder_source.hpp"
#include "http_source.hpp"
#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

/// Schemes are written in any case.
bool has_scheme(std::string_view url, std::string_view scheme) {
  if (url.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = url[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != scheme[i]) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Source> open_source(const std::string& url, const HttpOptions& options,
                                    fs::FileSystem& disk) {
  try {
    if (has_scheme(url, "http://") || has_scheme(url, "https://")) {
      return std::make_unique<HttpSource>(url, options);
    }
    if (has_scheme(url, "file:")) {
      return std::make_unique<FolderSource>(url, disk, folder_of_url(url));
    }
  } catch (const std::system_error& error) {
    throw Error(Code::usage_invalid, {{"url", url}, {"reason", error.what()}});
  }
  throw Error(Code::usage_invalid, {{"url", without_password(url)},
                                    {"reason", "the scheme is not https, http or file"}});
}

}  // namespace xppkg::source
