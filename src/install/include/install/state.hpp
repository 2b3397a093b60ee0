#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "install/layout.hpp"
#include "manifest/manifest.hpp"

namespace xppkg::install {

/// The installed release. Changes only as the last operation of a commit.
struct Installed {
  std::string package;
  std::string version;
  std::string platform;
  Blake2b tree;
  trust::Time at = 0;
  /// True after `apply --to`, `--newest` or `install VERSION`: somebody chose it here: a pilot.
  bool is_pilot = false;
  /// The site's decision that was followed last; 0: none.
  std::uint64_t decision = 0;
  /// False: the application is still to say that this release runs.
  bool confirmed = true;
  /// While not confirmed: how often the application was started.
  std::uint64_t starts = 0;
};

/// Empty when nothing is installed. Throws Error{corrupt_state}.
std::optional<Installed> load_installed(fs::FileSystem& disk, const Layout& layout);
/// The same of another file.
std::optional<Installed> load_installed(fs::FileSystem& disk, const fs::Path& file);
std::string write_installed(const Installed& installed);

/// One line of the installation's history.
struct HistoryEntry {
  trust::Time at = 0;
  std::string action;  ///< "install", "apply", "repair", "rollback", "recover"
  std::string from;    ///< version; may be empty
  std::string to;
  std::string result;       ///< "done", or the id of the error
  std::uint64_t bytes = 0;  ///< downloaded
};

/// Appends a line. History tells, it decides nothing: a damaged line is left out when it is read.
void append_history(fs::FileSystem& disk, const Layout& layout, const HistoryEntry& entry);
std::vector<HistoryEntry> load_history(fs::FileSystem& disk, const Layout& layout);

}  // namespace xppkg::install
