#pragma once

#include "delta/decoder.hpp"

namespace xppkg::fuzz {

/// Decodes with old parts of the sizes that the header asks for. Ends the process if anything but a
/// documented error comes out, or a wrong amount of output.
void decode_bytes(ByteView payload);

}  // namespace xppkg::fuzz
