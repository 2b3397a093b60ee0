#pragma once

#include "delta/decoder.hpp"

namespace xppkg::fuzz {

/// Decodes with old parts of the sizes that the header asks for. Ends the process if anything but a
/// documented error comes out, or a wrong amount of output.
void decode_bytes(ByteView payload);
/// The same with these old parts; nothing is decoded if the header asks for others.
void decode_bytes(ByteView payload, std::span<const RandomReader* const> old_parts);

}  // namespace xppkg::fuzz
