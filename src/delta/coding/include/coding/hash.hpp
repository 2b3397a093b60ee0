#pragma once

#include <cstdint>

namespace xppkg::delta {

/// Numbers of a context, mixed to one.
constexpr std::uint32_t hash(std::uint32_t a, std::uint32_t b) {
  std::uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu;
  h ^= h >> 15;
  h *= 0xc2b2ae35u;
  return h ^ h >> 13;
}

}  // namespace xppkg::delta
