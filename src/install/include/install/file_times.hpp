#pragma once

#include <map>
#include <string>

#include "install/layout.hpp"
#include "manifest/manifest.hpp"

namespace xppkg::install {

/// Size and time of change of a file when its bytes were those of the manifest.
struct Seen {
  std::uint64_t size = 0;        ///< bytes
  std::int64_t modified_ns = 0;  ///< as fs::Stat says
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// The times by path. Config files are left out: whether they are the vendor's is always told by
/// their bytes.
using FileTimes = std::map<std::string, Seen>;

/// The recorded times of the files of an installed release (manifests/FORMAT.md §8.8). Empty for a
/// record of another tree, a damaged one or none: files are hashed then.
FileTimes load_file_times(fs::FileSystem& disk, const Layout& layout, const Blake2b& tree);
void save_file_times(fs::FileSystem& disk, const Layout& layout, const Blake2b& tree,
                     const FileTimes& times);

/// The files as they are in a folder where the release was just committed.
FileTimes look_at_file_times(fs::FileSystem& disk, const Layout& layout,
                             const manifest::Manifest& manifest);

}  // namespace xppkg::install
