#include "base/digest.hpp"

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg {

template <typename Algorithm, std::size_t Size>
Digest<Algorithm, Size> Digest<Algorithm, Size>::from_hex(std::string_view hex) {
  const Bytes bytes = xppkg::from_hex(hex);
  Digest digest;
  if (bytes.size() != digest.bytes.size()) {
    throw Error(Code::trust_malformed,
                {{"reason", "a digest has not as many hex digits as its kind"}});
  }
  std::ranges::copy(bytes, digest.bytes.begin());
  return digest;
}

template struct Digest<Blake2bAlgorithm>;
template struct Digest<Sha256Algorithm>;
template struct Digest<Sha512Algorithm, 64>;

namespace {

// Only then does libsodium choose the fastest BLAKE2b that the processor can run. Without, or if it
// fails, the digests are the same.
void choose_fastest() {
  [[maybe_unused]] static const int started = sodium_init();
}

}  // namespace

Blake2bHasher::Blake2bHasher() {
  choose_fastest();
  crypto_generichash_init(&state_, nullptr, 0, 32);
}
void Blake2bHasher::update(ByteView bytes) {
  crypto_generichash_update(&state_, bytes.data(), bytes.size());
}
Blake2b Blake2bHasher::finish() {
  Blake2b digest;
  crypto_generichash_final(&state_, digest.bytes.data(), digest.bytes.size());
  return digest;
}

Sha256Hasher::Sha256Hasher() {
  crypto_hash_sha256_init(&state_);
}
void Sha256Hasher::update(ByteView bytes) {
  crypto_hash_sha256_update(&state_, bytes.data(), bytes.size());
}
Sha256 Sha256Hasher::finish() {
  Sha256 digest;
  crypto_hash_sha256_final(&state_, digest.bytes.data());
  return digest;
}

Blake2b blake2b(ByteView bytes) {
  Blake2bHasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Sha256 sha256(ByteView bytes) {
  Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Sha512 sha512(ByteView bytes) {
  Sha512 digest;
  crypto_hash_sha512(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace xppkg
