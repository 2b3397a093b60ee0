#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace xppkg::trust {

/// An Ed25519 public key. Its id is the SHA-256 of its canonical JSON, as TUF defines it.
class PublicKey {
 public:
  /// Reads a TUF key object. Throws Error{trust_key} for another scheme or length.
  static PublicKey from_json(const Json& json);
  explicit PublicKey(const std::array<std::uint8_t, 32>& bytes);

  [[nodiscard]] Json to_json() const;
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool same_key_as(const PublicKey& other) const { return bytes_ == other.bytes_; }
  [[nodiscard]] bool verifies(ByteView message, ByteView signature) const;

 private:
  std::array<std::uint8_t, 32> bytes_;
  std::string id_;
};

/// An Ed25519 secret key in memory that is locked against swapping and wiped when freed. Movable.
class SecretKey {
 public:
  static SecretKey generate();

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Bytes sign(ByteView message) const;

 private:
  friend class KeyVault;
  struct Wipe {
    void operator()(std::uint8_t* memory) const;
  };
  using Memory = std::unique_ptr<std::uint8_t[], Wipe>;

  SecretKey(Memory memory, const PublicKey& key) : memory_(std::move(memory)), public_(key) {}

  Memory memory_;
  PublicKey public_;
};

/// Seals secret keys with a passphrase (Argon2id, then XSalsa20-Poly1305) into key files and opens
/// them. Keys sealed by one vault share one salt, so that the slow derivation runs once for all.
/// The passphrase is copied into locked memory. Source: manifests/REPOSITORY.md §6.
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

 private:
  struct Secret;
  std::unique_ptr<Secret> secret_;
};

}  // namespace xppkg::trust
