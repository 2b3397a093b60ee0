#include "folder_disk.hpp"

#include "folder_trust.hpp"
#include "shared_disk.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

std::unique_ptr<fs::FileSystem> open(const install::Layout& layout) {
  const auto found = fs::native().stat(layout.root);
  if (!found || found->kind != fs::Kind::directory) {
    throw Error(Code::usage_not_installation, {{"folder", fs::to_utf8(layout.root)}});
  }
  auto disk = fs::open_beneath(layout.root);
  if (!is_shared(*disk, layout)) return disk;
  return std::make_unique<SharedDisk>(std::move(disk), layout);
}

}  // namespace

FolderDisk::FolderDisk(const install::Layout& layout)
    : Beneath{open(layout)}, RetryingFileSystem(*beneath) {}

void check_installation(const std::string& folder) {
  const install::Layout layout = trusted_layout(folder);
  FolderDisk disk(layout);
  load_config(disk, layout);
}

}  // namespace xppkg::client
