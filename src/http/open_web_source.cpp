#include "http_source.hpp"
#include "source/web_library.hpp"

extern "C" {

// The name is source::kOpenWebSource.
XPPKG_API xppkg::source::OpenWebSource xppkg_open_web_source;

xppkg::source::Source* xppkg_open_web_source(const std::string& url,
                                             const xppkg::source::HttpOptions& options) {
  return new xppkg::http::HttpSource(url, options);
}
}
