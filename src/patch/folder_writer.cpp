#include "folder_writer.hpp"

#include <fmt/format.h>

#include "base/tree_index.hpp"
#include "fs/files.hpp"
#include "patch/patch.hpp"

namespace xppkg::patch {
namespace {

/// The most bytes of an index that are read.
constexpr std::uint64_t kMaxIndex = 64 * 1024 * 1024;
/// The owner's rights while a folder is filled.
constexpr std::uint32_t kOwnerMayAll = 0700;

[[noreturn]] void refuse(const delta::Part& part, std::string reason) {
  throw Error(Code::corrupt_payload,
              {{"part", fmt::to_string(part.file)}, {"reason", std::move(reason)}});
}

}  // namespace

FolderWriter::FolderWriter(fs::FileSystem& disk, fs::Path folder, const Blake2b& tree,
                           std::uint32_t mode)
    : disk_(disk), folder_(std::move(folder)), tree_(tree), mode_(mode & 0777) {
  disk_.make_directory(folder_, mode_ | kOwnerMayAll);
}

void FolderWriter::begin(const delta::Part& part) {
  if (!has_index_) {
    if (part.file != kTreeIndex) refuse(part, "it comes before the index of the tree");
    if (part.size > kMaxIndex) throw Error(Code::limit_exceeded, {{"reason", "a tree index"}});
    index_.emplace();
    return;
  }
  const bool fits = part.file < entries_.size() && entries_[part.file].kind == EntryKind::file &&
                    entries_[part.file].size == part.size;
  if (!fits) refuse(part, "the tree has no such file");
  present_ = part.file;
  begin_file(entries_[part.file]);
}

void FolderWriter::write(ByteView bytes) {
  if (index_) {
    index_->insert(index_->end(), bytes.begin(), bytes.end());
    return;
  }
  hasher_.update(bytes);
  file_->write(bytes);
}

void FolderWriter::end() {
  if (index_) return read_index();
  end_file();
}

void FolderWriter::read_index() {
  if (blake2b(*index_) != tree_) {
    throw Error(Code::corrupt_payload, {{"reason", "the index is not that of the new tree"}});
  }
  entries_ = read_tree_index(*index_);
  index_.reset();
  has_index_ = true;
  written_.resize(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.kind != EntryKind::directory) continue;
    disk_.make_directory(fs::join(folder_, entry.path), entry.mode | kOwnerMayAll);
  }
}

void FolderWriter::begin_file(const Entry& entry) {
  hasher_ = Blake2bHasher();
  file_ = disk_.create(fs::join(folder_, entry.path), entry.mode);
}

void FolderWriter::end_file() {
  const Entry& entry = entries_[present_];
  file_->sync();
  file_.reset();
  const Blake2b actual = hasher_.finish();
  if (actual != entry.digest) {
    throw Error(
        Code::corrupt_payload,
        {{"path", entry.path.text()}, {"expected", entry.digest.hex()}, {"actual", actual.hex()}});
  }
  written_[present_] = true;
  contents_[actual] = fs::join(folder_, entry.path);
}

void FolderWriter::finish(const fs::Path& old_folder, const Entries& old_entries,
                          Observer& observer) {
  for (const Entry& entry : old_entries) {
    if (entry.kind != EntryKind::file) continue;
    contents_.try_emplace(entry.digest, fs::join(old_folder, entry.path));
  }
  copy_unchanged(observer);
  for (const Entry& entry : entries_) {
    if (entry.kind != EntryKind::symlink) continue;
    disk_.make_symlink(fs::join(folder_, entry.path), entry.target);
  }
  finish_folders();
}

void FolderWriter::copy_unchanged(Observer& observer) {
  for (present_ = 0; present_ < entries_.size(); ++present_) {
    const Entry& entry = entries_[present_];
    if (entry.kind != EntryKind::file || written_[present_]) continue;
    const auto source = contents_.find(entry.digest);
    if (source == contents_.end()) {
      throw Error(Code::corrupt_payload,
                  {{"path", entry.path.text()}, {"missing", entry.digest.hex()}});
    }
    copy(entry, fs::Path(source->second), observer);
  }
}

void FolderWriter::copy(const Entry& entry, const fs::Path& source, Observer& observer) {
  begin_file(entry);
  const auto from = disk_.open_read(source);
  std::uint64_t done = 0;
  fs::for_each_piece(*from, [&](ByteView piece) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    write(piece);
    done += piece.size();
    observer.progress({Stage::prepare, entry.path.text(), done, entry.size});
  });
  end_file();
}

// A mode may take the right to write: deepest folders first.
void FolderWriter::finish_folders() {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->kind != EntryKind::directory) continue;
    const fs::Path place = fs::join(folder_, entry->path);
    disk_.sync_directory(place);
    if (entry->mode != (entry->mode | kOwnerMayAll)) disk_.set_mode(place, entry->mode);
  }
  disk_.sync_directory(folder_);
  if ((mode_ | kOwnerMayAll) != mode_) disk_.set_mode(folder_, mode_);
}

}  // namespace xppkg::patch
