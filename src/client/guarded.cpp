#include "guarded.hpp"

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

[[noreturn]] void unsafe(const fs::Path& path, const std::string& reason) {
  throw Error(Code::rights_unsafe_folder, {{"path", fs::to_utf8(path)}, {"reason", reason}});
}

void check(const fs::Path& path, const fs::Stat& found, fs::Kind wanted) {
  if (found.kind == fs::Kind::symlink) unsafe(path, "it is a symbolic link");
  if (found.kind != wanted) unsafe(path, "it is neither a file nor a folder");
  if (!found.is_guarded) unsafe(path, "others may write it, or it belongs to one of them");
}

/// From the top: what lies in a folder can be believed only after the folder itself.
void check_way(fs::FileSystem& disk, const fs::Path& folder) {
  fs::Path way;
  for (const fs::Path& part : folder) {
    way /= part;
    const auto found = disk.stat(way);
    if (!found) throw Error(Code::usage_not_installation, {{"folder", fs::to_utf8(folder)}});
    check(way, *found, fs::Kind::directory);
  }
}

void check_state(fs::FileSystem& disk, const fs::Path& folder,
                 const std::vector<fs::Path>& of_releases) {
  for (const fs::Path& name : disk.list(folder)) {
    const fs::Path path = folder / name;
    const auto found = disk.stat(path);
    if (!found) continue;
    const bool is_folder = found->kind == fs::Kind::directory;
    check(path, *found, is_folder ? fs::Kind::directory : fs::Kind::file);
    const bool is_of_releases = std::ranges::find(of_releases, path) != of_releases.end();
    if (is_folder && !is_of_releases) check_state(disk, path, of_releases);
  }
}

}  // namespace

void check_guarded(fs::FileSystem& disk, const install::Layout& layout) {
  if (!layout.root.is_absolute()) unsafe(layout.root, "it is not an absolute path");
  check_way(disk, layout.state());
  check_state(disk, layout.state(),
              {layout.kept(), layout.staging(), layout.backup(), layout.displaced()});
}

}  // namespace xppkg::client
