#pragma once

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// True if everybody who may have written the file `text` could himself read the file or folder
/// `named`, by its mode and those of the folders above it. True as well where only
/// the administrator or this user may write `text`, and where `text` or `named` does not exist.
bool author_could_read(const Path& text, const Path& named);

/// True if somebody else than the administrator and this user may have written the file.
bool has_foreign_author(const Path& text);

}  // namespace xppkg::fs
