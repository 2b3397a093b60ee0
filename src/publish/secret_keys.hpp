#pragma once

#include <optional>
#include <string>

#include "base/stream.hpp"

namespace xppkg::publish {

/// A secret key, recognized by its contents, wherever it lies and whatever its file is called.
struct SecretKeyFound {
  std::string kind;      ///< for people: "PEM", "PKCS #12" and so on
  bool is_ours = false;  ///< a key file of xppkg
};

/// Looks for a secret key in all bytes of a file, and in what is packed in it (packed_files.hpp) or
/// stands in it as base64: key files of xppkg; PEM, OpenSSH, OpenPGP, PuTTY, age, minisign,
/// signify, GnuPG, WireGuard, OpenVPN and JSON Web keys as texts, also inside of other texts; PKCS
/// #1, #8, #12, SEC 1, OpenPGP, Java key stores and keys of Windows as whole files. The mere words that a program
/// needs to read keys are none.
std::optional<SecretKeyFound> find_secret_key(const RandomReader& file);

}  // namespace xppkg::publish
