#pragma once

#include <string>

#include "install/changes.hpp"
#include "install/in_use.hpp"
#include "install/state.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg::install {

/// Replaces the installed release by a verified one, in place (FORMAT §8.6: stage, fsync, journal,
/// rename, done mark). After any failure, kill or power cut the folder becomes exactly old or
/// exactly new, here or by `recover` at the next start:
///
///   state, on disk            event                                          next
///   idle, no journal          the journal is renamed into place              committing
///                             a failure or a stop before that                idle, old
///   committing, journal       every operation is done and synced             done
///                             an operation or a sync fails                   undoing
///                             a stop; recover does the rest                  done
///                             a stop; recover cannot do the rest             undoing
///   undoing, journal.undo     every operation is undone and synced           idle, old
///                             a failure or a stop; recover begins it anew    undoing
///   done, journal.done        the old files are kept, the rest is removed    idle, new
///                             the rename to journal.done cannot be synced    undoing
///                             a failure or a stop; recover goes on           done
///
/// Recover in "idle" throws staging and backup away.
///
/// Between two operations every name holds a complete old or a complete new file.
/// From before the journal to the end no program can take the lock that says that it runs from the
/// folder.
/// The caller holds the folder's lock. Throws what the disk throws, and Error{use_busy} where
/// programs run for longer than the wait; the folder is then old, or recover makes it whole.
class FolderTransaction {
 public:
  FolderTransaction(fs::FileSystem& disk, Layout layout, Observer& observer);

  /// How long `commit` waits for programs that say that they run from the folder.
  void set_wait(std::chrono::milliseconds wait) { wait_ = wait; }

  /// Makes `tree` and `next` the installed ones. Returns what a person should be told.
  std::vector<Notice> commit(const VerifiedTree& tree, const manifest::Manifest* installed,
                             const Installed& next, ByteView signed_manifest,
                             LayBeside beside = LayBeside::where_vendor_changed);

 private:
  void stage_files(Changes& changes, const VerifiedTree& tree);
  void take_kept_rights(StagedFile& file, const fs::Path& from);
  void give_rights(const StagedFile& file, const fs::Path& place, std::vector<Notice>& notices);
  void stage_state(Changes& changes, const Installed& next, ByteView signed_manifest);
  void keep_pristine(const manifest::Manifest& manifest, const ContentStore& contents);

  fs::FileSystem& disk_;
  Layout layout_;
  Observer& observer_;
  std::chrono::milliseconds wait_ = kWaitForPrograms;
};

/// True if a commit was broken off, or is under way: the folder may be neither old nor new.
bool is_broken_off(fs::FileSystem& disk, const Layout& layout);

/// Brings a folder that a commit was broken off in to exactly old or exactly new. Idempotent; may
/// itself be killed at any point. The caller holds the folder's lock. The notices "file.displaced"
/// tell where the user's files are that the commit moved aside, as it had no time to.
Recovery recover(fs::FileSystem& disk, const Layout& layout, std::vector<Notice>& notices);
Recovery recover(fs::FileSystem& disk, const Layout& layout);

}  // namespace xppkg::install
