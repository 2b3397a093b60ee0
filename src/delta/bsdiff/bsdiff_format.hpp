#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "base/bytes.hpp"

namespace xppkg::delta {

// Numbers of manifests/DELTA.md §13 that reader and writer share.

inline constexpr std::array<std::uint8_t, 8> kBsdiffMagic{'B', 'S', 'D', 'I', 'F', 'F', '4', '0'};
inline constexpr std::size_t kBsdiffHeaderSize = 32;
inline constexpr std::size_t kBsdiffNumberSize = 8;
/// bspatch refuses a longer copy or literal.
inline constexpr std::uint64_t kBsdiffMaxRun = std::numeric_limits<std::int32_t>::max();

/// A step: add differences to bytes of the old file, take literal bytes, move in the old file.
struct BsdiffStep {
  std::int64_t copy = 0;
  std::int64_t literal = 0;
  std::int64_t move = 0;
};
inline constexpr std::size_t kBsdiffStepSize = 3 * kBsdiffNumberSize;

/// A magnitude of 63 bits, little-endian, with the sign in the highest bit of the last byte.
inline std::int64_t read_bsdiff_number(ByteReader& in) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const std::uint64_t coded = in.u64();
  const auto magnitude = static_cast<std::int64_t>(coded & ~kSign);
  return (coded & kSign) != 0 ? -magnitude : magnitude;
}
/// The number must not be the lowest of its type, which has no such form.
inline void write_bsdiff_number(ByteWriter& out, std::int64_t number) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  out.u64(number < 0 ? static_cast<std::uint64_t>(-number) | kSign
                     : static_cast<std::uint64_t>(number));
}

}  // namespace xppkg::delta
