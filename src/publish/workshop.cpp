#include "workshop.hpp"

#include "fs/files.hpp"
#include "install/staging.hpp"
#include "tree/scan.hpp"

namespace xppkg::publish {

Workshop::Workshop(fs::FileSystem& disk, fs::Path folder, Observer& observer)
    : disk_(disk), layout_{std::move(folder)}, observer_(observer) {
  fs::remove_tree(disk_, layout_.root);
  fs::make_directories(disk_, layout_.state());
}

Workshop::~Workshop() {
  try {
    fs::remove_tree(disk_, layout_.root);
  } catch (const Error&) {
    // The next run clears it away.
  }
}

void Workshop::install(const manifest::Manifest& made, const fs::Path& payload, bool is_full) {
  const manifest::Manifest* base = installed_ ? &*installed_ : nullptr;
  install::ContentStore contents(disk_, layout_);
  if (base != nullptr) {
    contents.add_sound_files(
        install::verify_folder(disk_, layout_, *base, install::Depth::full, observer_));
  }
  install::Stager stager(disk_, layout_, contents, observer_);
  stager.begin();
  stager.apply(is_full ? nullptr : base, made, payload);
  const install::Installed next{
      made.package, made.version.text(), made.platform, made.tree, made.released, false, 0};
  install::Transaction(disk_, layout_, observer_).commit(stager.finish(made), base, next, {});
  prove(made);
  installed_ = made;
}

void Workshop::prove(const manifest::Manifest& made) {
  const Blake2b actual = tree_digest(tree::scan_installation(disk_, layout_.root, observer_));
  if (actual == made.tree) return;
  throw Error(Code::release_not_proved, {{"version", made.version.text()},
                                         {"expected tree", made.tree.hex()},
                                         {"actual tree", actual.hex()}});
}

}  // namespace xppkg::publish
