#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "trust/secret_key.hpp"

namespace xppkg::trust {

/// Seals secret keys with a passphrase (Argon2id, then XSalsa20-Poly1305) into key files and opens
/// them. Keys sealed by one vault share one salt, so that the slow derivation runs once for all.
/// The passphrase is copied into locked memory. Source: manifests/TRUST.md §5.1.
class KeyVault {
 public:
  /// How slow guessing the passphrase is: about 0.1 s and 64 MiB, or 0.7 s and 256 MiB a guess.
  enum class Cost { interactive, moderate };

  explicit KeyVault(std::string_view passphrase, Cost cost = Cost::moderate);
  ~KeyVault();
  KeyVault(KeyVault&&) noexcept;
  KeyVault& operator=(KeyVault&&) noexcept;

  /// The text of a key file.
  [[nodiscard]] std::string seal(const SecretKey& key);
  /// Throws Error{usage_passphrase} when the passphrase is wrong, Error{trust_key} for a damaged
  /// file or one whose derivation would take over 1 GiB.
  [[nodiscard]] SecretKey open(ByteView key_file);

  /// The public key that a key file names; no passphrase is needed. Throws Error{trust_key}.
  [[nodiscard]] static PublicKey public_key(ByteView key_file);

 private:
  struct Secret;
  std::unique_ptr<Secret> secret_;
};

}  // namespace xppkg::trust
