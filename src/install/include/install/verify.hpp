#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "install/file_times.hpp"
#include "manifest/manifest.hpp"
#include "xppkg/observer.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg::install {

struct Difference {
  std::string path;
  Finding finding = Finding::missing;

  /// A config file that its user changed is as it should be, and so is an administrator's mode.
  [[nodiscard]] bool is_damage() const {
    return finding != Finding::config_changed && finding != Finding::mode_changed;
  }
};

/// How closely files are looked at: quick = kind, mode, size and time of change, and every byte of
/// those whose time differs or is not known; full = every byte of all.
enum class Depth { quick, full };

struct Verified {
  std::vector<Difference> differences;     ///< by path
  std::map<Blake2b, RelPath> sound_files;  ///< contents that were found whole (full only)
  std::set<Blake2b> lost;                  ///< contents that no file of the folder has any more
  FileTimes times;                         ///< of the files that are as they should be
  bool times_are_news = false;             ///< `times` is not what was saved

  [[nodiscard]] bool damaged() const;
};

/// Compares the folder with a manifest. Files that the manifest does not name are not looked at.
/// Reports Stage::verify.
Verified verify_folder(fs::FileSystem& disk, const Layout& layout,
                       const manifest::Manifest& manifest, Depth depth, Observer& observer);

}  // namespace xppkg::install
