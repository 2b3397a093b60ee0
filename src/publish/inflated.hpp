#pragma once

#include <cstdint>
#include <functional>

#include "base/stream.hpp"

namespace xppkg::publish {

/// Bytes of a file.
struct Extent {
  const RandomReader& file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

enum class Compressed { gzip, deflate };

/// Decompresses an extent into `out`, up to its end or to where it is damaged, and at most `most`
/// bytes, which are taken off it. Ends when `is_ended` says so.
void inflate_into(const Extent& extent, Compressed form, std::uint64_t& most, Sink& out,
                  const std::function<bool()>& is_ended);
/// The same for bytes that are not compressed.
void copy_into(const Extent& extent, std::uint64_t& most, Sink& out,
               const std::function<bool()>& is_ended);

}  // namespace xppkg::publish
