#pragma once

#include <string>

#include "source/source.hpp"

namespace xppkg::source {

/// Web sources come from a shared library of ours, the room `http`, which is loaded with the first
/// of them: it brings TLS and all else that a web client needs, and most starts of a program at a
/// site need none of that. The library gives one function of this type: a new source, which the
/// caller deletes. Throws Error{usage_invalid} for an address or a proxy that is none.
using OpenWebSource = Source*(const std::string& url, const HttpOptions& options);
inline constexpr const char* kOpenWebSource = "xppkg_open_web_source";

}  // namespace xppkg::source
