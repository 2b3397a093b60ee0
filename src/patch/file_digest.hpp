#pragma once

#include "base/digest.hpp"
#include "base/stream.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::patch {

/// The digest of all bytes. Reports Stage::scan. Throws Error{cancelled}.
Blake2b file_digest(const RandomReader& file, Observer& observer);

}  // namespace xppkg::patch
