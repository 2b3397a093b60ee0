#pragma once

#include "delta/decoder.hpp"
#include "delta/payload.hpp"

namespace xppkg::delta {

struct ReadHeader {
  Header header;
  std::uint64_t size = 0;  ///< bytes on the wire; the first segment follows
};

/// Reads and checks the header at the start of `payload`. Throws Error{corrupt_payload,
/// unsupported_format, limit_exceeded}; nothing is allocated before its size is checked.
ReadHeader read_header(const RandomReader& payload, const DecodeLimits& limits);

/// Throws Error{usage_invalid} where no decoder accepts what the header says of its parts.
void check_parts(const Header& header);

/// The canonical bytes of a header. Throws Error{usage_invalid} for one that no decoder accepts.
Bytes write_header(const Header& header);

/// The sum of the parts' sizes. Throws Error{limit_exceeded} if it is over 64 bits.
std::uint64_t total_size(std::span<const Part> parts);

}  // namespace xppkg::delta
