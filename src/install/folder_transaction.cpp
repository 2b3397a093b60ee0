#include "install/folder_transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "fs/files.hpp"
#include "install/kept_releases.hpp"
#include "install/modes.hpp"
#include "look.hpp"
#include "operations.hpp"
#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

constexpr std::uint64_t kMaxJournal = 1024ull * 1024 * 1024;

void rename_journal(fs::FileSystem& disk, const Layout& layout, const fs::Path& from,
                    const fs::Path& to) {
  disk.rename(from, to);
  disk.sync_directory(layout.state());
}

/// Files that a running program holds stay until a later start.
void remove_unless_in_use(fs::FileSystem& disk, const fs::Path& folder) {
  try {
    fs::remove_tree(disk, folder);
  } catch (const Error& error) {
    if (error.code() != Code::use_busy) throw;
  }
}

void clean(fs::FileSystem& disk, const Layout& layout) {
  remove_unless_in_use(disk, layout.backup());
  remove_unless_in_use(disk, layout.staging());
  fs::remove_file_if_there(disk, layout.journal_undo());
  fs::remove_file_if_there(disk, layout.journal_done());
}

Journal load(fs::FileSystem& disk, const fs::Path& path) {
  return Journal::read(fs::read_file(disk, path, kMaxJournal));
}

/// Keeps what the commit replaced, or none of it. A missing way back is no reason to stop the new
/// release.
void keep_old_release(fs::FileSystem& disk, const Layout& layout, const Journal& journal) {
  KeptReleases kept(disk, layout);
  try {
    kept.take_over(journal);
  } catch (const Error&) {
    kept.give_up(journal);
  }
}

/// From the state "done" to "idle". Returns the finished journal, where it can be read.
std::optional<Journal> finish(fs::FileSystem& disk, const Layout& layout) {
  std::optional<Journal> journal;
  try {
    journal = load(disk, layout.journal_done());
  } catch (const Error&) {
    // It has done its work.
  }
  if (journal) keep_old_release(disk, layout, *journal);
  clean(disk, layout);
  return journal;
}

void redo_all(fs::FileSystem& disk, const Layout& layout, const Journal& journal,
              Observer* observer) {
  Operations operations(disk, layout, /*is_again=*/observer == nullptr);
  for (const Operation& operation : journal.operations) operations.back_up(operation);
  operations.sync();
  std::uint64_t done = 0;
  for (const Operation& operation : journal.operations) {
    operations.redo(operation);
    if (observer != nullptr) {
      observer->progress({Stage::commit, operation.path, ++done, journal.operations.size()});
    }
  }
  operations.sync();
  rename_journal(disk, layout, layout.journal(), layout.journal_done());
}

void tell_if_there(fs::FileSystem& disk, const Layout& layout, const std::string& path,
                   const std::string& place, std::vector<Notice>& notices) {
  if (place.empty() || !disk.stat(layout.displaced() / fs::from_utf8(place))) return;
  notices.push_back({"file.displaced", path, ".xppkg/displaced/" + place});
}

/// Reports files that somebody saved during the commit.
void add_rescued(fs::FileSystem& disk, const Layout& layout, const Journal& journal,
                 std::vector<Notice>& notices) {
  for (const Operation& operation : journal.operations) {
    tell_if_there(disk, layout, operation.path, operation.rescue, notices);
  }
}

/// The same, and what the list of changes had moved aside: the run that was to tell it is gone.
void add_displaced(fs::FileSystem& disk, const Layout& layout, const Journal& journal,
                   std::vector<Notice>& notices) {
  for (const Operation& operation : journal.operations) {
    if (operation.kind == Operation::Kind::displace) {
      tell_if_there(disk, layout, operation.path, operation.place, notices);
    }
  }
  add_rescued(disk, layout, journal, notices);
}

/// From the state "undoing" to "idle".
void undo_all(fs::FileSystem& disk, const Layout& layout, const Journal& journal) {
  Operations operations(disk, layout, /*is_again=*/true);
  for (const Operation& operation : journal.operations) operations.end_respell(operation);
  const auto& all = journal.operations;
  for (auto at = all.rbegin(); at != all.rend(); ++at) operations.undo(*at);
  operations.sync();
}

/// From the state "committing", or "done" where that is not sure to last, to "undoing".
void start_undo(fs::FileSystem& disk, const Layout& layout) {
  const bool done = disk.stat(layout.journal_done()).has_value();
  rename_journal(disk, layout, done ? layout.journal_done() : layout.journal(),
                 layout.journal_undo());
}

void take_back(fs::FileSystem& disk, const Layout& layout, const Journal& journal) {
  try {
    if (!disk.stat(layout.journal()) && !disk.stat(layout.journal_done())) return;
    start_undo(disk, layout);
    undo_all(disk, layout, journal);
    clean(disk, layout);
  } catch (const Error&) {
    // People have to know why the commit failed; recover does the rest.
  }
}

/// The bytes that are synced so far may be on the disk; their names may not.
void sync_tree(fs::FileSystem& disk, const Layout& layout) {
  disk.sync_directory(layout.new_files());
  disk.sync_directory(layout.staging());
  disk.sync_directory(layout.state());
}

void copy_file(fs::FileSystem& disk, const fs::Path& from, const fs::Path& to, std::uint32_t mode,
               const Blake2b& expected) {
  const auto reader = disk.open_read(from);
  const auto writer = disk.create(to, mode);
  Blake2bHasher hasher;
  fs::for_each_piece(*reader, [&](ByteView piece) {
    hasher.update(piece);
    writer->write(piece);
  });
  // The bytes that are installed are the bytes that were hashed, whatever happened since.
  if (hasher.finish() != expected) {
    throw Error(Code::mismatch_base, {{"path", fs::to_utf8(from)}, {"reason", "it has changed"}});
  }
  writer->sync();
}

/// From what was kept of an earlier release.
bool is_kept(const Layout& layout, const fs::Path& file) {
  const fs::Path kept = layout.kept();
  return std::ranges::mismatch(kept, file).in1 == kept.end();
}

/// Of contents that several files have, one was kept: whose rights it has is not known.
std::set<Blake2b> contents_of_one_file(const manifest::Manifest& manifest) {
  std::map<Blake2b, int> files;
  for (const Entry& entry : manifest.entries) {
    if (entry.kind == EntryKind::file) ++files[entry.digest];
  }
  std::set<Blake2b> contents;
  for (const auto& [digest, count] : files) {
    if (count == 1) contents.insert(digest);
  }
  return contents;
}

void write_new(fs::FileSystem& disk, const fs::Path& path, ByteView bytes) {
  const auto file = disk.create(path, 0644);
  file->write(bytes);
  file->sync();
}

}  // namespace

FolderTransaction::FolderTransaction(fs::FileSystem& disk, Layout layout, Observer& observer)
    : disk_(disk), layout_(std::move(layout)), observer_(observer) {}

std::vector<Notice> FolderTransaction::commit(const VerifiedTree& tree,
                                              const manifest::Manifest* installed,
                                              const Installed& next, ByteView signed_manifest,
                                              LayBeside beside) {
  // Programs save their files as they end: files to keep are searched for after that.
  const auto no_programs = lock_programs_out(disk_, layout_, wait_, observer_);
  if (observer_.cancelled()) throw Error(Code::cancelled);
  Changes changes = find_changes(disk_, layout_, installed, tree.manifest(), beside);
  keep_pristine(tree.manifest(), tree.contents());
  stage_files(changes, tree);
  stage_state(changes, next, signed_manifest);
  fs::remove_tree(disk_, layout_.backup());
  disk_.make_directory(layout_.backup(), 0700);
  sync_tree(disk_, layout_);

  const Journal journal{installed == nullptr ? "" : installed->version.text(), next.version,
                        std::move(changes.operations)};
  try {
    fs::write_file_atomically(disk_, layout_.journal(), as_bytes(journal.write()), 0600);
    redo_all(disk_, layout_, journal, &observer_);
  } catch (const Error&) {
    take_back(disk_, layout_, journal);
    throw;
  }
  add_rescued(disk_, layout_, journal, changes.notices);
  try {
    finish(disk_, layout_);
    save_file_times(disk_, layout_, next.tree, look_at_file_times(disk_, layout_, tree.manifest()));
  } catch (const Error&) {
    // The new release is in place; recover clears the rest away, and verify hashes what has no
    // time.
  }
  return std::move(changes.notices);
}

void FolderTransaction::stage_files(Changes& changes, const VerifiedTree& tree) {
  const ContentStore& contents = tree.contents();
  std::map<Blake2b, fs::Path> moved;  // decoded contents serve once without a copy
  std::optional<std::set<Blake2b>> of_one_file;
  for (StagedFile& file : changes.files) {
    const Entry* entry = file.entry;
    if (observer_.cancelled()) throw Error(Code::cancelled);
    const fs::Path place = layout_.new_files() / fmt::to_string(file.number);
    Operation& operation = changes.operations[file.number - 1];
    if (entry->kind == EntryKind::symlink) {
      disk_.make_symlink(place, entry->target);
      operation.brings = look_at(disk_, place);
      continue;
    }
    const auto known = moved.find(entry->digest);
    const fs::Path from = known == moved.end() ? contents.find(entry->digest) : known->second;
    if (from.parent_path() != layout_.blobs()) {
      copy_file(disk_, from, place, 0600, entry->digest);
      if (is_kept(layout_, from)) {
        if (!of_one_file) of_one_file = contents_of_one_file(tree.manifest());
        if (of_one_file->contains(entry->digest)) take_kept_rights(file, from);
      }
    } else {
      disk_.rename(from, place);
      moved[entry->digest] = place;
    }
    give_rights(file, place, changes.notices);
    disk_.sync_file(place);
    operation.brings = look_at(disk_, place);
    operation.new_digest = entry->digest;
  }
}

/// A file that an earlier update took away comes back as the administrator had it.
void FolderTransaction::take_kept_rights(StagedFile& file, const fs::Path& from) {
  if (file.rights_of) return;
  const std::uint32_t mode = file.entry->mode;
  file.mode = kept_mode(mode, disk_.stat(from)->mode, mode);
  file.rights_of = from;
}

void FolderTransaction::give_rights(const StagedFile& file, const fs::Path& place,
                                    std::vector<Notice>& notices) {
  if (!file.rights_of) return disk_.set_mode(place, file.mode);
  std::string lost;
  for (const std::string& right : disk_.inherit(*file.rights_of, place, file.mode)) {
    lost += (lost.empty() ? "" : ", ") + right;
  }
  if (lost.empty()) return;
  // Told before it happens, too.
  notices.push_back({"rights.lost", file.entry->path.text(), lost});
  observer_.notice(notices.back());
}

// The installed release is itself a file that the transaction replaces: last of all.
void FolderTransaction::stage_state(Changes& changes, const Installed& next,
                                    ByteView signed_manifest) {
  const std::string installed = write_installed(next);
  const auto add = [&](const fs::Path& path, ByteView bytes) {
    Operation operation;
    operation.kind = Operation::Kind::put;
    operation.path = fs::to_utf8(path.lexically_relative(layout_.root));
    operation.number = changes.operations.size() + 1'000'000'000;
    operation.replaces = disk_.stat(path).has_value();
    const fs::Path place = layout_.new_files() / fmt::to_string(operation.number);
    write_new(disk_, place, bytes);
    operation.brings = look_at(disk_, place);
    operation.new_digest = blake2b(bytes);
    changes.operations.push_back(std::move(operation));
  };
  add(layout_.manifest(), signed_manifest);
  add(layout_.installed(), as_bytes(installed));
}

void FolderTransaction::keep_pristine(const manifest::Manifest& manifest,
                                      const ContentStore& contents) {
  for (const Entry& entry : manifest.entries) {
    if (!entry.config) continue;
    fs::make_directories(disk_, layout_.pristine());
    const fs::Path place = layout_.pristine() / entry.digest.hex();
    const auto found = disk_.stat(place);
    if (found && found->size == entry.size && tree::hash_file(disk_, place) == entry.digest)
      continue;
    // Whole or not at all: a later delta may need it.
    const fs::Path staged = layout_.new_pristine();
    fs::remove_file_if_there(disk_, staged);
    copy_file(disk_, contents.find(entry.digest), staged, 0600, entry.digest);
    disk_.rename(staged, place);
  }
}

bool is_broken_off(fs::FileSystem& disk, const Layout& layout) {
  return disk.stat(layout.journal()) || disk.stat(layout.journal_undo()) ||
         disk.stat(layout.journal_done());
}

Recovery recover(fs::FileSystem& disk, const Layout& layout) {
  std::vector<Notice> notices;
  return recover(disk, layout, notices);
}

Recovery recover(fs::FileSystem& disk, const Layout& layout, std::vector<Notice>& notices) {
  if (disk.stat(layout.journal())) {
    const Journal journal = load(disk, layout.journal());
    try {
      redo_all(disk, layout, journal, nullptr);
    } catch (const Error&) {
      // The rest cannot be done (a full or failing disk): back to the old release.
      start_undo(disk, layout);
    }
  }
  if (disk.stat(layout.journal_done())) {
    const auto journal = finish(disk, layout);
    if (journal) add_displaced(disk, layout, *journal, notices);
    return Recovery::completed;
  }
  if (disk.stat(layout.journal_undo())) {
    const Journal journal = load(disk, layout.journal_undo());
    undo_all(disk, layout, journal);
    clean(disk, layout);
    add_displaced(disk, layout, journal, notices);
    return Recovery::undone;
  }
  if (disk.stat(layout.staging()) || disk.stat(layout.backup())) clean(disk, layout);
  return Recovery::nothing;
}

}  // namespace xppkg::install
