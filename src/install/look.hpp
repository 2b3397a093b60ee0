#pragma once

#include <string>

#include "fs/file_system.hpp"

namespace xppkg::install {

/// What is at a name, in words that a later look can be compared with: kind, size and time of
/// change of a file, the target of a link. Empty: nothing.
std::string look_at(fs::FileSystem& disk, const fs::Path& path);

}  // namespace xppkg::install
