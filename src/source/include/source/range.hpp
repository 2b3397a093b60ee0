#pragma once

#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {

/// Throws Error{internal} if it is no range of a file of `size` bytes.
inline void check_range(const ByteRange& range, std::uint64_t size) {
  if (range.begin <= range.end && range.end <= size) return;
  throw Error(Code::internal, {{"reason", "a range behind the file's end"}});
}

inline bool is_whole(const ByteRange& range, std::uint64_t size) {
  return range.begin == 0 && range.end == size;
}

}  // namespace xppkg::source
