#pragma once

#include <memory>

#include "fs/forwarding_file_system.hpp"
#include "install/layout.hpp"

namespace xppkg::client {

/// True for a folder that several people keep up to date: its group may write it, and new entries
/// in it get its group (mode 2775).
bool is_shared(fs::FileSystem& disk, const install::Layout& layout);

/// The disk of a shared folder: what one of the group made, the others can go on with. The state in
/// .xppkg is the group's as it is its owner's, and so are the folders of releases. A release's
/// manifest knows nothing of that: of such a folder `stat` tells the mode without it, as it is in
/// any other folder. Files of releases have the mode of the release: they are replaced, not
/// changed.
class SharedDisk final : public fs::ForwardingFileSystem {
 public:
  SharedDisk(std::unique_ptr<fs::FileSystem> disk, install::Layout layout)
      : ForwardingFileSystem(*disk), own_(std::move(disk)), layout_(std::move(layout)) {}

  std::optional<fs::Stat> stat(const fs::Path& path) override;
  std::unique_ptr<fs::WriteFile> create(const fs::Path& path, std::uint32_t mode) override;
  std::unique_ptr<fs::WriteFile> append(const fs::Path& path) override;
  void make_directory(const fs::Path& path, std::uint32_t mode) override;
  void set_mode(const fs::Path& path, std::uint32_t mode) override;
  std::unique_ptr<fs::Lock> try_lock(const fs::Path& file) override;

 private:
  [[nodiscard]] bool is_state(const fs::Path& path) const;
  void make_if_missing(const fs::Path& path, std::uint32_t mode);

  std::unique_ptr<fs::FileSystem> own_;
  install::Layout layout_;
};

}  // namespace xppkg::client
