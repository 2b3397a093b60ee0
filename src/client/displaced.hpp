#pragma once

#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "install/layout.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::client {

/// The user's files that were moved aside when this version came, as notices "file.waiting": who
/// goes back from it may want them again. Never fails; a folder that cannot be read has none.
std::vector<Notice> find_displaced(fs::FileSystem& disk, const install::Layout& layout,
                                   const std::string& version);

}  // namespace xppkg::client
