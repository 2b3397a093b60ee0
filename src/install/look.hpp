#pragma once

#include <string>

#include "fs/file_system.hpp"

namespace xppkg::install {

/// Describes the entry at a name, for comparison with a later look: kind, size and time of change
/// of a file, the target of a link. Empty: nothing is there.
std::string look_at(fs::FileSystem& disk, const fs::Path& path);

}  // namespace xppkg::install
