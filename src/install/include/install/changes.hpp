#pragma once

#include <string>
#include <vector>

#include "install/journal.hpp"
#include "install/staging.hpp"

namespace xppkg::install {

/// A file that has to be staged under DIR/.xppkg/staging/new/NUMBER.
struct StagedFile {
  std::size_t number = 0;
  const Entry* entry = nullptr;  ///< of the wanted manifest
  std::uint32_t mode = 0;
  /// The installed file that it replaces, or what was kept of it, whose owner, group and further
  /// rights it gets.
  std::optional<fs::Path> rights_of;
};

/// Everything that turns the folder as it is into the wanted release.
struct Changes {
  std::vector<Operation> operations;
  std::vector<StagedFile> files;
  std::vector<Notice> notices;  ///< "config.kept", "file.displaced"

  [[nodiscard]] bool empty() const { return operations.empty(); }
};

/// When the vendor's state of a config file that its user changed is laid beside it.
enum class LayBeside { where_vendor_changed, always };

/// Looks at the folder as it is and lists the changes. The caller holds its locks. `installed` is
/// the release that is there, or null. Files of neither release stay; one that is in the way of a
/// new file is displaced (kept below .xppkg/displaced), and so is a file or link of the installed
/// release that somebody changed or put another one in the place of; a config file that its user
/// changed stays, and the vendor's comes beside it as NAME.new as `beside` says; where the release
/// wants another kind of entry there, it is displaced like a file of neither release.
/// Administrators' modes stay (modes.hpp). Throws Error{tree_conflict} when files that are not ours
/// lie in a folder that has to become a file, and where a link stands in the place of a folder.
Changes find_changes(fs::FileSystem& disk, const Layout& layout,
                     const manifest::Manifest* installed, const manifest::Manifest& wanted,
                     LayBeside beside = LayBeside::where_vendor_changed);

}  // namespace xppkg::install
