#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace xppkg::trust {

/// Signature schemes by the names that TUF gives them.
enum class Scheme {
  ed25519,         ///< "ed25519", by libsodium: the only one in production
  ecdsa_p256,      ///< "ecdsa-sha2-nistp256", by OpenSSL; signatures are DER
  rsa_pss_sha256,  ///< "rsassa-pss-sha256", by OpenSSL
};

/// The schemes whose keys may count towards a threshold.
class Schemes {
 public:
  /// The schemes of products.
  static constexpr Schemes production() { return Schemes(bit(Scheme::ed25519)); }
  /// For reading other vendors' repositories and public test suites.
  static constexpr Schemes all() {
    return Schemes(bit(Scheme::ed25519) | bit(Scheme::ecdsa_p256) | bit(Scheme::rsa_pss_sha256));
  }

  [[nodiscard]] constexpr bool allow(Scheme scheme) const { return (bits_ & bit(scheme)) != 0; }

 private:
  explicit constexpr Schemes(unsigned bits) : bits_(bits) {}
  static constexpr unsigned bit(Scheme scheme) { return 1U << static_cast<unsigned>(scheme); }

  unsigned bits_;
};

/// A public key that can verify. Its id is the SHA-256 of its canonical JSON, as TUF defines it.
/// Copies share their state; threads may use them at the same time.
class PublicKey {
 public:
  /// Reads a TUF key object of an allowed scheme. Throws Error{trust_key} for another scheme and
  /// for a key that is not in its scheme's form.
  static PublicKey from_json(const Json& json, Schemes allowed = Schemes::production());
  /// An Ed25519 key.
  explicit PublicKey(const std::array<std::uint8_t, 32>& bytes);

  /// The key object with all members that it came with: the id covers them.
  [[nodiscard]] const Json& to_json() const;
  [[nodiscard]] const std::string& id() const;
  /// The same key, perhaps under another id.
  [[nodiscard]] bool same_key_as(const PublicKey& other) const;
  [[nodiscard]] bool verifies(ByteView message, ByteView signature) const;

  /// How a scheme verifies.
  class Verifier;

 private:
  struct Contents;
  explicit PublicKey(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}

  std::shared_ptr<const Contents> contents_;
};

}  // namespace xppkg::trust
