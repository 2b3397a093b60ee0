#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

// The table of a Mach-O file that tells where its functions begin (Apple, <mach-o/loader.h>,
// LC_FUNCTION_STARTS): ascending distances in ULEB128, each from the one before, the first from the
// image base; a zero ends them.

/// The starts of a table, relative to the image base and modulo 2^32. Ends at the first malformed
/// distance. Takes four bytes for each of the table.
std::vector<std::uint32_t> read_function_starts(ByteView table);

/// The table as linkers write it: sorted, without doubles. One of more than `most` bytes may lack
/// starts after these.
Bytes write_function_starts(std::vector<std::uint32_t> starts, std::size_t most);

}  // namespace xppkg::delta
