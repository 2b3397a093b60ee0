#pragma once

#include <span>
#include <vector>

#include "base/stream.hpp"
#include "delta/payload.hpp"

namespace xppkg::delta {

/// The files that a payload is about, and which part of the new stream a segment makes.
struct SegmentPlace {
  std::span<const RandomReader* const> old_parts;
  const RandomReader* image = nullptr;  ///< the old parts as one
  std::span<const Part> new_parts;
  std::uint64_t begin = 0;  ///< of the segment in the new stream
  std::uint64_t end = 0;
};

/// Where the parts of a list begin in their stream, and one more: where it ends.
std::vector<std::uint64_t> borders(std::span<const Part> parts);
std::vector<std::uint64_t> borders(std::span<const RandomReader* const> parts);

}  // namespace xppkg::delta
