#pragma once

#include <memory>
#include <string>

#include "trust/public_key.hpp"

namespace xppkg::trust {

/// One decoded public key of one scheme.
class PublicKey::Verifier {
 public:
  Verifier() = default;
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;
  virtual ~Verifier() = default;

  [[nodiscard]] virtual bool verifies(ByteView message, ByteView signature) const = 0;
  /// One form for each key: equal bytes are equal keys.
  [[nodiscard]] virtual const Bytes& encoded() const = 0;
};

/// Throws Error{trust_key}.
[[noreturn]] void refuse_key(const char* reason);
/// Fails once, for all, where libsodium does not start.
void start_sodium();

/// `hex`: the 32 bytes. Throws Error{trust_key}.
std::unique_ptr<PublicKey::Verifier> ed25519_verifier(const std::string& hex);
/// `pem`: SubjectPublicKeyInfo of a P-256 key, or of an RSA key of 2048 to 8192 bits. Throws
/// Error{trust_key}.
std::unique_ptr<PublicKey::Verifier> openssl_verifier(Scheme scheme, const std::string& pem);

}  // namespace xppkg::trust
