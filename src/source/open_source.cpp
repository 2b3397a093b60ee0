#include <string_view>
#include <system_error>
#include <utility>

#include "base/shared_library.hpp"
#include "folder_source.hpp"
#include "source/forwarding_source.hpp"
#include "source/source.hpp"
#include "source/url.hpp"
#include "source/web_library.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

// Of this very version.
#if defined(_WIN32)
constexpr const char* kWebLibrary = "xppkg-http-" XPPKG_VERSION ".dll";
#elif defined(__APPLE__)
constexpr const char* kWebLibrary = "libxppkg-http." XPPKG_VERSION ".dylib";
#else
constexpr const char* kWebLibrary = "libxppkg-http.so." XPPKG_VERSION;
#endif

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

bool is_web(const std::string& url) {
  return has_scheme(url, "http://") || has_scheme(url, "https://");
}

OpenWebSource& web_library(const std::string& url) {
  try {
    // Beside this program or library, or where a program of bindir finds libdir.
    static const SharedLibrary library(kWebLibrary, {".", XPPKG_LIBDIR_FROM_BINDIR});
    OpenWebSource* open = nullptr;
    library.find(open, kOpenWebSource);
    return *open;
  } catch (const Error& error) {
    throw Error(Code::transport_unreachable,
                {{"source", without_password(url)}, {"cause", std::string(error.fact("cause"))}});
  }
}

void check_web_address(const std::string& url) {
  const Url parsed = Url::parse(url);
  if (parsed.target.find('?') == std::string::npos) return;
  throw Error(Code::usage_invalid,
              {{"url", without_password(url)}, {"reason", "a query in the address"}});
}

class SourceWhenAsked final : public ForwardingSource {
 public:
  SourceWhenAsked(const std::string& url, HttpOptions options, fs::FileSystem& disk)
      : url_(url),
        address_(has_scheme(url, "file:") ? url : without_password(url)),
        options_(std::move(options)),
        disk_(disk) {}

  [[nodiscard]] const std::string& address() const override { return address_; }
  // Nothing is known of a source that was not asked yet.
  [[nodiscard]] bool is_given_up() const override { return source_ && source_->is_given_up(); }
  [[nodiscard]] int refusal() const override { return source_ ? source_->refusal() : 0; }

 protected:
  [[nodiscard]] Source& to() const override {
    if (source_) return *source_;
    try {
      source_ = open_source(url_, options_, disk_);
    } catch (const Error& error) {
      if (error.code() == Code::transport_unreachable) throw;
      throw Error(Code::transport_unreachable,
                  {{"source", address_}, {"reason", std::string(error.fact("reason"))}});
    }
    return *source_;
  }

 private:
  std::string url_;
  std::string address_;
  HttpOptions options_;
  fs::FileSystem& disk_;
  mutable std::unique_ptr<Source> source_;
};

}  // namespace

void check_source_address(const std::string& url, fs::FileSystem& disk) {
  if (is_web(url)) return check_web_address(url);
  static_cast<void>(open_source(url, {}, disk));
}

std::unique_ptr<Source> open_source(const std::string& url, const HttpOptions& options,
                                    fs::FileSystem& disk) {
  try {
    if (is_web(url)) {
      check_web_address(url);
      return std::unique_ptr<Source>(web_library(url)(url, options));
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

std::unique_ptr<Source> open_when_asked(const std::string& url, const HttpOptions& options,
                                        fs::FileSystem& disk) {
  return std::make_unique<SourceWhenAsked>(url, options, disk);
}

}  // namespace xppkg::source
