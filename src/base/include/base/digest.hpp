#pragma once

#include <sodium.h>

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace xppkg {

/// A digest of `Size` bytes. The type says which algorithm made it, so that one cannot pass for the
/// other.
template <typename Algorithm, std::size_t Size = 32>
struct Digest {
  std::array<std::uint8_t, Size> bytes{};

  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  /// Exactly two lower-case hex digits for each byte. Throws Error{trust_malformed}.
  static Digest from_hex(std::string_view hex);
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

struct Blake2bAlgorithm;
struct Sha256Algorithm;
struct Sha512Algorithm;
/// BLAKE2b-256: files, blocks and trees.
using Blake2b = Digest<Blake2bAlgorithm>;
/// SHA-256: what TUF metadata says of its files.
using Sha256 = Digest<Sha256Algorithm>;
/// SHA-512: what other vendors' TUF metadata may say of its files.
using Sha512 = Digest<Sha512Algorithm, 64>;

class Blake2bHasher {
 public:
  Blake2bHasher();
  void update(ByteView bytes);
  /// Ends the hash; the hasher must not be used again.
  Blake2b finish();

 private:
  crypto_generichash_state state_;
};

class Sha256Hasher {
 public:
  Sha256Hasher();
  void update(ByteView bytes);
  /// Ends the hash; the hasher must not be used again.
  Sha256 finish();

 private:
  crypto_hash_sha256_state state_;
};

Blake2b blake2b(ByteView bytes);
Sha256 sha256(ByteView bytes);
Sha512 sha512(ByteView bytes);

}  // namespace xppkg
