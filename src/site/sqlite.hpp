#pragma once

#include "connection.hpp"
#include "fs/file_system.hpp"
#include "site/site.hpp"

namespace xppkg::site {

/// As long as servers give a statement.
inline constexpr std::chrono::milliseconds kSqliteTimeout{20'000};

/// An SQLite file. No WAL: the file may lie on a share. `disk` must outlive it. A statement that
/// takes longer than `timeout` is given up.
std::unique_ptr<Backend> sqlite_backend(const fs::Path& file, Missing missing, fs::FileSystem& disk,
                                        std::chrono::milliseconds timeout = kSqliteTimeout);

}  // namespace xppkg::site
