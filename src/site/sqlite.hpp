#pragma once

#include "connection.hpp"
#include "fs/file_system.hpp"
#include "site/site.hpp"

namespace xppkg::site {

/// An SQLite file. No WAL: the file may lie on a share. `disk` must outlive it.
std::unique_ptr<Backend> sqlite_backend(const fs::Path& file, Missing missing,
                                        fs::FileSystem& disk);

}  // namespace xppkg::site
