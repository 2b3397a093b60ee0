#pragma once

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// How the folders of a path are opened.
enum class Resolution {
  by_kernel,     ///< in one call where the system has one (openat2); else like by_component
  by_component,  ///< one after the other
};

/// The disk for a run with more rights than some who may write in `root`, such as an
/// administrator's in a folder where users keep their files: a user may at any moment put a
/// symbolic link in the place of a folder, to have the run change what only an administrator may.
/// So no symbolic link is followed anywhere below `root`, whatever happens meanwhile: the folder of
/// each name is opened from `root` downwards and the call is made in that very folder. With a link
/// on the way, `stat` finds nothing and other calls throw Error{rights_unsafe_folder}. Names
/// outside of `root` may be looked at as ever (a source of releases may be a folder); a call that
/// would change one throws Error{rights_unsafe_folder}. `root` is absolute and without links, or
/// Error{rights_unsafe_folder} is thrown. Throws Error{unsupported_format} on systems for which
/// this is not written yet.
std::unique_ptr<FileSystem> open_beneath(const Path& root,
                                         Resolution resolution = Resolution::by_kernel);

}  // namespace xppkg::fs
