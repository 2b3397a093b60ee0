#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// Which places of old bytes a table knows, and by how many bytes. A new stretch that says the same
/// as an old one for `window` + `stride` - 1 bytes has a sample in it.
struct Sampling {
  std::size_t window = 0;  ///< in bytes, a multiple of 8 up to 32
  std::size_t stride = 0;  ///< of the places in bytes
};

/// Hashes of old bytes at regular places. It keeps only the first few of places that look alike, so
/// that a search takes bounded time also where bytes repeat; a few others find no room either. The
/// same on every platform.
class SampleTable {
 public:
  static constexpr std::size_t kAlike = 4;  ///< places that are kept at most for one hash

  /// For `size` old bytes; takes what `memory` says.
  SampleTable(const Sampling& sampling, std::uint64_t size);
  [[nodiscard]] static std::uint64_t memory(const Sampling& sampling, std::uint64_t size);

  [[nodiscard]] const Sampling& sampling() const { return sampling_; }

  /// Adds the samples that lie wholly in `bytes`, which stand at `place`, a multiple of the stride.
  void add(ByteView bytes, std::uint64_t place);

  /// Calls `use` with each old place that may say the same as `wanted`, at least a window long.
  template <typename Use>
  void for_each_place(ByteView wanted, const Use& use) const {
    const std::uint64_t hash = hash_of(wanted);
    const Bucket& bucket = buckets_[bucket_of(hash)];
    for (std::size_t i = 0; i < kAlike && bucket.samples[i] != 0; ++i) {
      if (bucket.checks[i] != check_of(hash)) continue;
      use(std::uint64_t{bucket.samples[i] - 1} * sampling_.stride);
    }
  }

 private:
  struct Bucket {
    std::array<std::uint32_t, kAlike> samples{};  // their numbers + 1; 0: no more
    std::array<std::uint16_t, kAlike> checks{};
  };

  static std::uint64_t word_at(const std::uint8_t* from) {
    return std::uint64_t{from[0]} | std::uint64_t{from[1]} << 8 | std::uint64_t{from[2]} << 16 |
           std::uint64_t{from[3]} << 24 | std::uint64_t{from[4]} << 32 |
           std::uint64_t{from[5]} << 40 | std::uint64_t{from[6]} << 48 |
           std::uint64_t{from[7]} << 56;
  }
  /// Asked for each new byte: the products do not wait for each other.
  [[nodiscard]] std::uint64_t hash_of(ByteView bytes) const {
    constexpr std::array<std::uint64_t, 4> kFactors{0x9e3779b97f4a7c15ull, 0xc2b2ae3d27d4eb4full,
                                                    0x165667b19e3779f9ull, 0xd6e8feb86659fd93ull};
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < sampling_.window; at += 8) {
      hash += word_at(bytes.data() + at) * kFactors[at / 8];
    }
    hash ^= hash >> 32;
    return hash * kFactors[0];
  }
  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> shift_);
  }
  static std::uint16_t check_of(std::uint64_t hash) { return static_cast<std::uint16_t>(hash); }
  static unsigned bucket_bits(const Sampling& sampling, std::uint64_t size);

  Sampling sampling_;
  unsigned shift_;
  std::vector<Bucket> buckets_;
};

}  // namespace xppkg::delta
