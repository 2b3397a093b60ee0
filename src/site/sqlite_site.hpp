#pragma once

#include "site/site.hpp"

namespace xppkg::site {

/// A decision table in an SQLite file. No WAL: the file may lie on a share.
std::unique_ptr<SiteDatabase> open_sqlite(const fs::Path& file, Missing missing,
                                          fs::FileSystem& disk);

}  // namespace xppkg::site
