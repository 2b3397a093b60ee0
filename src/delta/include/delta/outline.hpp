#pragma once

#include <string>

#include "delta/decoder.hpp"

namespace xppkg::delta {

/// A compressed piece of a segment.
struct OutlinedStream {
  std::string name;        ///< as manifests/DELTA.md calls it
  std::uint64_t size = 0;  ///< on the wire, in bytes
};

struct OutlinedSegment {
  std::uint64_t output = 0;  ///< bytes of the new stream that it makes
  std::uint64_t size = 0;    ///< on the wire, in bytes
  bool is_predicted = false;
  std::vector<OutlinedStream> streams;
};

/// The structure of a payload, without its data.
struct Outline {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  Header header;
  std::uint64_t header_size = 0;  ///< bytes
  std::vector<OutlinedSegment> segments;
};

/// Reads the header and the sizes of all segments; decodes nothing. Throws Error{corrupt_payload,
/// unsupported_format, limit_exceeded}.
Outline read_outline(const RandomReader& payload, const DecodeLimits& limits = {});

}  // namespace xppkg::delta
