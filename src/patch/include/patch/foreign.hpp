#pragma once

#include "base/stream.hpp"

namespace xppkg::patch {

/// Throws Error{unsupported_patch} with the name of the format for a patch of another program, as
/// far as it can be told by how it begins. Other files are none of its business.
void refuse_foreign(const RandomReader& patch);

}  // namespace xppkg::patch
