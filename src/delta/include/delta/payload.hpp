#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/digest.hpp"
#include "base/stream.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::delta {

/// The bytes of one input block of a full package, and of one wire block of a delta.
inline constexpr std::uint64_t kBlockSize = 8 * 1024 * 1024;

/// One file that takes part: its index in its release's manifest, and its size in bytes.
struct Part {
  std::uint32_t file = 0;
  std::uint64_t size = 0;
  friend bool operator==(const Part&, const Part&) = default;
};

/// The fields of a payload before its data. Source: manifests/DELTA.md.
struct Header {
  std::uint16_t minor = 0;      ///< the lowest version 1.x whose abilities are used
  Blake2b base_tree;            ///< the tree the old parts belong to; all zero in a full package
  Blake2b tree;                 ///< the tree the new parts belong to
  std::uint64_t memory = 0;     ///< bytes a decoder needs beside the inputs, at most
  std::vector<Part> old_parts;  ///< the old image: these files one after the other
  std::vector<Part> new_parts;  ///< the new stream: these files one after the other

  [[nodiscard]] bool is_full() const { return old_parts.empty() && base_tree == Blake2b{}; }
};

}  // namespace xppkg::delta
