#include "install/state_kinds.hpp"

#include "xppkg/error.hpp"

namespace xppkg::install {

std::vector<fs::Path> files_of_state(const Layout& layout) {
  std::vector<fs::Path> files{layout.lock(),        layout.fetching(),     layout.in_use(),
                              layout.config(),      layout.passwords(),    layout.trusted_time(),
                              layout.installed(),   layout.manifest(),     layout.known_decision(),
                              layout.site_keys(),   layout.refused(),      layout.file_times(),
                              layout.rolled_back(), layout.pending(),      layout.history(),
                              layout.journal(),     layout.journal_undo(), layout.journal_done()};
  // A file is written under this name until it is whole.
  for (std::size_t i = files.size(); i-- > 0;) files.push_back(fs::Path(files[i]) += ".new");
  return files;
}

std::vector<fs::Path> folders_of_state(const Layout& layout) {
  return {layout.trust(),    layout.proof(), layout.downloads(),
          layout.pristine(), layout.kept(),  layout.displaced()};
}

void check_kinds(fs::FileSystem& disk, const Layout& layout) {
  for (const fs::Path& file : files_of_state(layout)) check_kind(disk, file, fs::Kind::file);
  for (const fs::Path& folder : folders_of_state(layout)) {
    check_kind(disk, folder, fs::Kind::directory);
  }
  for (const fs::Path& folder : {layout.trust(), layout.proof(), layout.pristine()}) {
    if (!disk.stat(folder)) continue;
    for (const fs::Path& name : disk.list(folder)) {
      check_kind(disk, folder / name, fs::Kind::file);
    }
  }
}

void check_kind(fs::FileSystem& disk, const fs::Path& path, fs::Kind wanted) {
  const auto found = disk.stat(path);
  if (found && found->kind != wanted) refuse_kind(path, wanted);
}

void refuse_kind(const fs::Path& path, fs::Kind wanted) {
  const char* reason = wanted == fs::Kind::file ? "a file is wanted at this name"
                                                : "a folder is wanted at this name";
  throw Error(Code::tree_conflict, {{"path", fs::to_utf8(path)}, {"reason", reason}});
}

}  // namespace xppkg::install
