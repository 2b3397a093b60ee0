#pragma once

#include "base/stream.hpp"

namespace xppkg::publish {

/// The kind of a file that is one secret key in binary form: PKCS #1, PKCS #8, SEC 1, PKCS #12 with
/// a key, a Java key store with one, an OpenPGP key, a private key of Windows (PVK and BLOB). Null
/// for anything else.
const char* binary_key(const RandomReader& file);
/// The same of bytes that begin with one, but for OpenPGP, which has too little structure for that.
const char* binary_key_at(ByteView bytes);

}  // namespace xppkg::publish
