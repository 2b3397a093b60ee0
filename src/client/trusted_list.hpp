#pragma once

#include <string>
#include <vector>

#include "fs/file_system.hpp"

namespace xppkg::client {

/// The folders that somebody named as trusted: a text with a path in each line, blank lines and
/// lines that begin with "#" aside. This user's is xppkg/trusted in his settings' folder; the
/// administrators' are the files in /etc/xppkg/trusted.d. A list counts only where nobody but its
/// owner could have written it.
bool is_listed(fs::FileSystem& disk, const fs::Path& folder);
bool is_listed_by_administrators(fs::FileSystem& disk, const fs::Path& folder);

/// The folders that a list's text names.
std::vector<std::string> read_trusted_list(ByteView bytes);
/// True if the folder is one of them, in whatever form its path is written there.
bool names(const std::vector<std::string>& list, const fs::Path& folder);

/// The folders of this user's list.
std::vector<std::string> users_list(fs::FileSystem& disk);
/// Adds one to it, or takes one out; the other lines stay as they are. False: it was not there.
/// Throws what the disk throws, Error{usage_invalid} for a path with a line break, or where this
/// user has no place for settings, and Error{rights_unsafe_folder} where the list does not count.
void add_to_users_list(fs::FileSystem& disk, const fs::Path& folder);
bool remove_from_users_list(fs::FileSystem& disk, const fs::Path& folder);

/// A path as a shell takes it.
std::string quoted(const std::string& path);

}  // namespace xppkg::client
