#pragma once

#include "base/stream.hpp"

namespace xppkg::publish {

/// The kind of a file that is one secret key in binary form: PKCS #1, PKCS #8, SEC 1, PKCS #12 with
/// a key, a Java key store with one. Null for anything else.
const char* der_key(const RandomReader& file);

}  // namespace xppkg::publish
