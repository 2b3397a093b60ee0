#pragma once

#include <vector>

#include "install/layout.hpp"

namespace xppkg::install {

/// The names in DIR/.xppkg that may hold a file, and those that may hold a folder. Not those that
/// each run makes anew, and removes whatever they are.
std::vector<fs::Path> files_of_state(const Layout& layout);
std::vector<fs::Path> folders_of_state(const Layout& layout);

/// Throws Error{tree_conflict} with the first name of ours that something of another kind has:
/// somebody has laid it there, and it may be all that he has of it. Before a run that changes
/// anything.
void check_kinds(fs::FileSystem& disk, const Layout& layout);
/// The same of one name.
void check_kind(fs::FileSystem& disk, const fs::Path& path, fs::Kind wanted);

/// Says that a file or folder is wanted at the name.
[[noreturn]] void refuse_kind(const fs::Path& path, fs::Kind wanted);

}  // namespace xppkg::install
