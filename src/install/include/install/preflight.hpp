#pragma once

#include "install/layout.hpp"
#include "install/verify.hpp"
#include "manifest/manifest.hpp"

namespace xppkg::install {

/// Looks whether the folder's disk can take a release, before anything of it is downloaded.
/// `installed` is the release that is there, or null, and `verified` its verification. Only names
/// that would change are looked at. Nothing in DIR outside of .xppkg changes. Throws
///   Error{rights_denied} for a folder in which this user may not change names, or a file of
///   another user in a sticky one;
///   Error{disk_unsuitable} with the facts "path" and "reason" for a path or a name that is too
///   long, a file that is too large for the file system, a name or a link that it does not take,
///   and a folder on another volume, where no file of ours can be renamed to.
void check_disk(fs::FileSystem& disk, const Layout& layout, const manifest::Manifest* installed,
                const Verified& verified, const manifest::Manifest& wanted);

}  // namespace xppkg::install
