#include "trial_install.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "install/kept_releases.hpp"
#include "install/staging.hpp"
#include "tree/scan.hpp"

namespace xppkg::publish {

TrialInstall::TrialInstall(fs::FileSystem& disk, fs::Path folder, Observer& observer)
    : disk_(disk), layout_{std::move(folder)}, observer_(observer) {
  fs::remove_tree(disk_, layout_.root);
  fs::make_directories(disk_, layout_.state());
}

TrialInstall::~TrialInstall() {
  try {
    fs::remove_tree(disk_, layout_.root);
  } catch (const Error&) {
    // The next run clears it away.
  }
}

void TrialInstall::install(const manifest::Manifest& target, const fs::Path& payload,
                           bool is_full) {
  take(target, payload, is_full);
  compare(target);
}

void TrialInstall::prove(const manifest::Manifest& target, const fs::Path& payload, bool is_full) {
  const std::optional<manifest::Manifest> base = installed_;
  install(target, payload, is_full);
  change_configs(base ? &*base : nullptr, target);
  if (base) {
    go_back(*base);
    require_whole(*base);
  }
  take(target, payload, is_full);
  require_whole(target);
}

void TrialInstall::take(const manifest::Manifest& target, const fs::Path& payload, bool is_full) {
  install::ContentStore contents(disk_, layout_);
  add_contents(contents);
  install::Stager stager(disk_, layout_, contents, observer_);
  stager.begin();
  const manifest::Manifest* base = installed_ && !is_full ? &*installed_ : nullptr;
  stager.apply(base, target, payload);
  commit(stager.finish(target), target);
}

// As a rollback does: from what the commit kept.
void TrialInstall::go_back(const manifest::Manifest& earlier) {
  install::ContentStore contents(disk_, layout_);
  add_contents(contents);
  install::KeptReleases(disk_, layout_).add_to(contents);
  install::Stager stager(disk_, layout_, contents, observer_);
  stager.begin();
  commit(stager.finish(earlier), earlier);
}

void TrialInstall::add_contents(install::ContentStore& contents) {
  if (!installed_) return;
  contents.add_sound_files(
      install::verify_folder(disk_, layout_, *installed_, install::Depth::full, observer_));
  contents.add_pristine();
}

void TrialInstall::commit(const install::VerifiedTree& tree, const manifest::Manifest& target) {
  const manifest::Manifest* base = installed_ ? &*installed_ : nullptr;
  const install::Installed next{target.package,
                                target.version.text(),
                                target.platform,
                                target.tree,
                                target.released,
                                false,
                                0};
  install::FolderTransaction(disk_, layout_, observer_).commit(tree, base, next, {});
  installed_ = manifest::Manifest(target);
}

// Changes the files that are config files before and after: the others are the vendor's, or go.
void TrialInstall::change_configs(const manifest::Manifest* base,
                                  const manifest::Manifest& target) {
  constexpr std::uint32_t kOwnerMayWrite = 0200;
  for (const Entry& entry : target.entries) {
    if (!entry.config || (entry.mode & kOwnerMayWrite) == 0) continue;
    const Entry* before = base == nullptr ? &entry : find_entry(base->entries, entry.path);
    if (before == nullptr || !before->config) continue;
    disk_.append(fs::join(layout_.root, entry.path))->write(as_bytes("\n"));
  }
}

void TrialInstall::require_whole(const manifest::Manifest& target) {
  const auto verified =
      install::verify_folder(disk_, layout_, target, install::Depth::full, observer_);
  const auto damage = std::ranges::find_if(verified.differences, &install::Difference::is_damage);
  if (damage == verified.differences.end()) return;
  throw Error(Code::release_not_proved, {{"version", target.version.text()},
                                         {"path", damage->path},
                                         {"finding", std::string(id(damage->finding))}});
}

void TrialInstall::compare(const manifest::Manifest& target) {
  const Blake2b actual = tree_digest(tree::scan_installation(disk_, layout_.root, observer_));
  if (actual == target.tree) return;
  throw Error(Code::release_not_proved, {{"version", target.version.text()},
                                         {"expected tree", target.tree.hex()},
                                         {"actual tree", actual.hex()}});
}

}  // namespace xppkg::publish
