#include "repository_lock.hpp"

#include "fs/files.hpp"
#include "staged_publish.hpp"

namespace xppkg::publish {

std::unique_ptr<fs::Lock> lock_repository(fs::FileSystem& disk, const RepositoryLayout& layout) {
  return hold_repository(disk, layout).lock;
}

HeldRepository hold_repository(fs::FileSystem& disk, const RepositoryLayout& layout) {
  if (!disk.stat(layout.timestamp())) {
    throw Error(Code::repository_invalid, {{"missing", fs::to_utf8(layout.timestamp())}});
  }
  fs::make_directories(disk, layout.work());
  // Not through a link: files cleared away there must be ours.
  for (const fs::Path& folder : {layout.work(), layout.metadata()}) {
    const auto found = disk.stat(folder);
    if (found && found->kind == fs::Kind::directory) continue;
    throw Error(Code::repository_invalid,
                {{"path", fs::to_utf8(folder)}, {"reason", "it is not a folder"}});
  }
  auto held = disk.try_lock(layout.lock());
  if (!held) throw Error(Code::locked_other_run, {{"repository", fs::to_utf8(layout.root)}});
  return {std::move(held), finish_staged_publish(disk, layout)};
}

}  // namespace xppkg::publish
