#pragma once

#include <functional>
#include <string_view>

#include "base/bytes.hpp"

namespace xppkg::publish {

/// Decodes each text in base64 (also its form for addresses) that is long enough for a key, over
/// any number of lines, and calls `visit` with the bytes. As nobody knows where in a longer text
/// another one begins, it is decoded from each of its first four digits on. Ends when `visit`
/// returns true; tells whether it did.
bool visit_decoded(std::string_view text, const std::function<bool(ByteView decoded)>& visit);

}  // namespace xppkg::publish
