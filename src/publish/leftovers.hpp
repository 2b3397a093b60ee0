#pragma once

#include <map>
#include <set>

#include "publish/prune.hpp"

namespace xppkg::publish {

/// Files in targets that current metadata lists, with `role` in place of the package's own.
std::set<fs::Path> listed_files(const RepositoryLayout& layout, const Published& published,
                                const std::string& package, const trust::Targets& role);

/// Plain files below a folder of targets that are not listed. A missing folder has none.
std::vector<RemovedFile> unlisted_files(fs::FileSystem& disk, const RepositoryLayout& layout,
                                        const std::set<fs::Path>& listed, const fs::Path& folder);

/// Metadata that is older than the last ten versions of its role, and files that were not renamed
/// into place. `current` has the version of each role that is looked at.
std::vector<RemovedFile> old_metadata(fs::FileSystem& disk, const RepositoryLayout& layout,
                                      const std::map<std::string, std::uint64_t>& current);

/// Removes files, which may be gone already.
void remove_files(fs::FileSystem& disk, const RepositoryLayout& layout,
                  const std::vector<RemovedFile>& files);
/// Removes a folder, and those below it, as far as no file lies in them.
void remove_empty_folders(fs::FileSystem& disk, const fs::Path& folder);

}  // namespace xppkg::publish
