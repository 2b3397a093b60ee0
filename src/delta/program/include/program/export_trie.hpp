#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// A number in an export trie that names an address.
struct ExportNumber {
  std::uint32_t place = 0;  ///< of its first byte, within the trie
  std::uint32_t value = 0;  ///< where that lies, from what it counts from
  std::uint8_t size = 0;    ///< in bytes: kLeastExportNumber to kMostExportNumber
  /// It is the place of another node; else the distance from the image base.
  bool counts_in_trie = false;
};
inline constexpr std::uint8_t kLeastExportNumber = 2;
inline constexpr std::uint8_t kMostExportNumber = 4;

/// The numbers of the nodes of a trie, ascending, each four bytes or more after the one before. The
/// nodes are taken as they lie, one after the other, wherever others say that they are (Apple,
/// <mach-o/loader.h>, dyld_info_command). Ends at the first malformed node. `trie` has less than 4
/// GiB.
std::vector<ExportNumber> find_export_numbers(ByteView trie);

}  // namespace xppkg::delta
