#pragma once

#include "install/layout.hpp"

namespace xppkg::client {

/// Judges who could have written DIR/.xppkg, before anything in it is believed. A folder is trusted
/// where it, each folder above it up to the root of the disk, `.xppkg` and all in it belong to the
/// administrator or to this user, and nobody else may write them. The caller of sudo counts as this
/// user, a group that is the owner's alone as the owner, and a folder above DIR may be one where
/// all may write if it is sticky, such as /tmp. Files of releases are believed by their digests
/// only, so just the folders that hold them are looked at. Any other folder is trusted where a list
/// of this user or of the administrators names it (trusted_list.hpp). Throws
/// Error{rights_unsafe_folder} with the facts "path" and "reason", and where a list would help
/// "trust with". A missing file or folder is trusted.
void check_trusted(fs::FileSystem& disk, const install::Layout& layout);

/// The same before a run with more rights than its caller has, without the exceptions: no list, no
/// sudo, no group and no sticky folder. Throws as well Error{usage_not_installation}.
void check_guarded(fs::FileSystem& disk, const install::Layout& layout);

/// The layout of the installation in a folder, as the system understands its name. Throws what
/// check_trusted throws: every call of the library that is given a folder begins here.
install::Layout trusted_layout(const std::string& folder);

}  // namespace xppkg::client
