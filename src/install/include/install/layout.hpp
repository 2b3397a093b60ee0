#pragma once

#include "fs/file_system.hpp"

namespace xppkg::install {

/// The paths of files in an installation. All state is below DIR/.xppkg, so that a copied folder
/// works.
struct Layout {
  fs::Path root;  ///< DIR

  [[nodiscard]] fs::Path state() const { return root / ".xppkg"; }
  [[nodiscard]] fs::Path lock() const { return state() / "lock"; }
  [[nodiscard]] fs::Path fetching() const { return state() / "fetching"; }
  [[nodiscard]] fs::Path in_use() const { return state() / "in-use"; }
  [[nodiscard]] fs::Path config() const { return state() / "config.json"; }
  [[nodiscard]] fs::Path passwords() const { return state() / "passwords.json"; }
  [[nodiscard]] fs::Path trust() const { return state() / "trust"; }
  [[nodiscard]] fs::Path proof() const { return state() / "proof"; }
  [[nodiscard]] fs::Path trusted_time() const { return state() / "floors.json"; }
  [[nodiscard]] fs::Path known_decision() const { return state() / "decision.json"; }
  [[nodiscard]] fs::Path site_keys() const { return state() / "site-keys.json"; }
  [[nodiscard]] fs::Path installed() const { return state() / "installed.json"; }
  [[nodiscard]] fs::Path manifest() const { return state() / "manifest.json"; }
  [[nodiscard]] fs::Path file_times() const { return state() / "times"; }
  [[nodiscard]] fs::Path history() const { return state() / "history.jsonl"; }
  [[nodiscard]] fs::Path refused() const { return state() / "refused.json"; }
  [[nodiscard]] fs::Path rolled_back() const { return state() / "rolled-back.json"; }
  [[nodiscard]] fs::Path pending() const { return state() / "pending.json"; }
  [[nodiscard]] fs::Path downloads() const { return state() / "download"; }
  /// The blocks that repair, until they are decoded; DownloadStore removes it as well.
  [[nodiscard]] fs::Path fetched_blocks() const { return downloads() / "blocks"; }
  [[nodiscard]] fs::Path pristine() const { return state() / "pristine"; }
  [[nodiscard]] fs::Path kept() const { return state() / "kept"; }
  [[nodiscard]] fs::Path displaced() const { return state() / "displaced"; }
  [[nodiscard]] fs::Path probe() const { return state() / "probe"; }
  [[nodiscard]] fs::Path staging() const { return state() / "staging"; }
  [[nodiscard]] fs::Path blobs() const { return staging() / "blob"; }
  [[nodiscard]] fs::Path new_files() const { return staging() / "new"; }
  /// A pristine configuration until it is whole: state, unlike the files of releases beside it.
  [[nodiscard]] fs::Path new_pristine() const { return new_files() / "pristine"; }
  [[nodiscard]] fs::Path backup() const { return state() / "backup"; }
  [[nodiscard]] fs::Path journal() const { return state() / "journal"; }
  [[nodiscard]] fs::Path journal_undo() const { return state() / "journal.undo"; }
  [[nodiscard]] fs::Path journal_done() const { return state() / "journal.done"; }

  /// The mode of our folders that hold users' files, which may come from folders that are closed to
  /// others: only users who may write DIR can enter.
  [[nodiscard]] std::uint32_t closed_mode(fs::FileSystem& disk) const {
    constexpr std::uint32_t kGroup = 02070;
    const auto found = disk.stat(root);
    const bool group_writes = found && (found->mode & 020) != 0;
    return 0700 | (group_writes ? found->mode & kGroup : 0);
  }
};

}  // namespace xppkg::install
