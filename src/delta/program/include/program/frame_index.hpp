#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// The table by which an ELF program finds how to unwind (.eh_frame_hdr; Linux Standard Base,
/// "DWARF Extensions"): for each stretch of code where its description lies.
struct FrameIndex {
  struct Entry {
    std::uint64_t code = 0;   ///< address of its first instruction
    std::uint64_t frame = 0;  ///< address of its description
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  std::uint64_t frames = 0;  ///< address of the first description
  std::vector<Entry> entries;
};

/// Reads a table that lies at an address. Nothing if it is not in the form that linkers write.
std::optional<FrameIndex> read_frame_index(ByteView table, std::uint64_t address);

/// The table as linkers write it, sorted. Distances that have more than 32 bits lose the others.
Bytes write_frame_index(FrameIndex index, std::uint64_t address);

}  // namespace xppkg::delta
