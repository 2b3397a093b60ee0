#pragma once

#include <map>
#include <string>
#include <vector>

#include "install/layout.hpp"
#include "manifest/manifest.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::install {

/// What can be wrong with an entry of an installed release.
enum class Finding { missing, changed, wrong_mode, wrong_kind, wrong_link, config_changed };
std::string_view id(Finding finding);

struct Difference {
  std::string path;
  Finding finding = Finding::missing;

  /// A config file that its user changed is as it should be.
  [[nodiscard]] bool is_damage() const { return finding != Finding::config_changed; }
};

/// How closely files are looked at: quick = kind, mode, size; full = every byte.
enum class Depth { quick, full };

struct Verified {
  std::vector<Difference> differences;     ///< by path
  std::map<Blake2b, RelPath> sound_files;  ///< contents that were found whole (full only)

  [[nodiscard]] bool damaged() const;
};

/// Compares the folder with a manifest. Files that the manifest does not name are not looked at.
/// Reports Stage::verify.
Verified verify_folder(fs::FileSystem& disk, const Layout& layout,
                       const manifest::Manifest& manifest, Depth depth, Observer& observer);

}  // namespace xppkg::install
