#pragma once

#include "base/entry.hpp"
#include "fs/file_system.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::tree {

/// Walks a folder into its sorted and checked entries (base/entry.hpp); every file is hashed once.
/// Hidden files belong to the tree like others; the folder itself is not an entry. Reports
/// Stage::scan. Throws Error{tree_unsafe_name, tree_unsafe_entry, io_failed, cancelled}.
Entries scan(fs::FileSystem& disk, const fs::Path& folder, Observer& observer);

/// The same for an installation: the updater's own folder .xppkg is left out.
Entries scan_installation(fs::FileSystem& disk, const fs::Path& folder, Observer& observer);

/// The digest of a file's contents, read piece by piece.
Blake2b hash_file(fs::FileSystem& disk, const fs::Path& file);

}  // namespace xppkg::tree
