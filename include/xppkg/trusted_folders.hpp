#pragma once

#include <string>
#include <vector>

#include "xppkg/error.hpp"
#include "xppkg/export.hpp"

namespace xppkg {

/// The folders that this user trusts although others own or may write them, such as a folder that
/// several people keep up to date. Every call on a folder that is not named throws
/// Error{rights_unsafe_folder}, as files in it act with the rights of the user who looks at it. The
/// list lies in the user's settings, never in a folder; a run with more rights than its caller's
/// (elevated.hpp) does not honour it. All calls throw Error only.

/// Adds a folder to the list, and returns its path as it is noted: absolute and without links. A
/// user who can write the folders above it could put another one in its place. Throws
/// Error{usage_invalid} where there is no such folder.
XPPKG_API std::string trust_folder(const std::string& folder);

/// Takes it off the list again, also where it is gone. False: it was not there.
XPPKG_API bool distrust_folder(const std::string& folder);

/// True where an administrator's list in /etc/xppkg/trusted.d names the folder: it is trusted by
/// all users, whatever their own lists say.
XPPKG_API bool administrators_trust(const std::string& folder);

/// The paths in the list.
XPPKG_API std::vector<std::string> trusted_folders();

}  // namespace xppkg
