#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trust/signer.hpp"

namespace xppkg::trust {

/// Bytes that are locked against swapping, guarded, and wiped when freed (sodium_malloc).
struct WipeSecret {
  void operator()(std::uint8_t* memory) const;
};
using SecretMemory = std::unique_ptr<std::uint8_t[], WipeSecret>;
/// Throws std::bad_alloc.
SecretMemory secret_memory(std::size_t size);
/// Overwrites a text that was secret, in a way that no optimizer leaves out, and empties it.
void wipe(std::string& text);
void wipe(MutableByteView bytes);

/// An Ed25519 secret key in locked memory. Movable.
class SecretKey final : public Signer {
 public:
  static SecretKey generate();

  [[nodiscard]] const PublicKey& public_key() const override { return public_; }
  [[nodiscard]] Bytes sign(ByteView message) const override;

 private:
  friend class KeyVault;

  SecretKey(SecretMemory memory, const PublicKey& key) : memory_(std::move(memory)), public_(key) {}

  SecretMemory memory_;
  PublicKey public_;
};

}  // namespace xppkg::trust
