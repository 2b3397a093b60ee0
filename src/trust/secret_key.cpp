#include "trust/secret_key.hpp"

#include <sodium.h>

#include <new>

#include "verifier.hpp"

namespace xppkg::trust {

void WipeSecret::operator()(std::uint8_t* memory) const {
  sodium_free(memory);
}

SecretMemory secret_memory(std::size_t size) {
  start_sodium();
  auto* memory = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (memory == nullptr) throw std::bad_alloc();
  return SecretMemory(memory);
}

void wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

void wipe(MutableByteView bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

SecretKey SecretKey::generate() {
  SecretMemory memory = secret_memory(crypto_sign_SECRETKEYBYTES);
  std::array<std::uint8_t, 32> bytes{};
  crypto_sign_keypair(bytes.data(), memory.get());
  return {std::move(memory), PublicKey(bytes)};
}

Bytes SecretKey::sign(ByteView message) const {
  Bytes signature(crypto_sign_BYTES);
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), memory_.get());
  return signature;
}

}  // namespace xppkg::trust
