#pragma once

#include "config.hpp"
#include "fs/beneath.hpp"
#include "fs/retrying_file_system.hpp"

namespace xppkg::client {

/// Keeps what FolderDisk forwards to alive for longer than FolderDisk's base.
struct Beneath {
  std::unique_ptr<fs::FileSystem> beneath;
};

/// The disk as every run sees it that works in an installation: nothing outside of DIR is changed,
/// and no symbolic link below it is followed, whatever a journal or a configuration says, and
/// whatever others do at the same time. Retries calls on files that others hold for a moment.
class FolderDisk final : private Beneath, public fs::RetryingFileSystem {
 public:
  /// Throws Error{usage_not_installation} where there is no such folder.
  explicit FolderDisk(const install::Layout& layout);
};

/// Judges the folder and reads its configuration. Throws what trusted_layout and load_config throw.
void check_installation(const std::string& folder);

}  // namespace xppkg::client
