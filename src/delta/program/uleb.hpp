#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// A number of seven bits a byte, the lowest first; all of its bytes but the last have the highest
/// bit set (ULEB128; DWARF 5 §7.6). It need not have its shortest form.
struct Uleb {
  std::uint64_t value = 0;
  std::size_t size = 0;  ///< in bytes
};

/// The number at a place, at most the end of the bytes. Nothing, if it does not end within them or
/// has more than nine.
std::optional<Uleb> read_uleb(ByteView bytes, std::size_t place);

}  // namespace xppkg::delta
