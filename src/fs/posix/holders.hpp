#pragma once

#include <vector>

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// The processes that have a file open, run it, have it mapped or hold a lock on it. Processes that
/// this user may not look into are left out; the holder of a lock is known to everybody.
std::vector<Holder> find_holders(const Path& path);

}  // namespace xppkg::fs
