#include "patch/diff.hpp"

#include <array>
#include <numeric>

#include "base/tree_index.hpp"
#include "delta/bsdiff.hpp"
#include "delta/changed_files.hpp"
#include "delta/encoder.hpp"
#include "file_digest.hpp"
#include "fs/open_files.hpp"
#include "new_output.hpp"
#include "tree/scan.hpp"

namespace xppkg::patch {
namespace {

[[noreturn]] void refuse(std::string reason) {
  throw Error(Code::usage_invalid, {{"reason", std::move(reason)}});
}

Kind kind_at(fs::FileSystem& disk, const fs::Path& place) {
  const auto found = disk.stat(place);
  if (found && found->kind == fs::Kind::file) return Kind::file;
  if (found && found->kind == fs::Kind::directory) return Kind::folder;
  refuse("there is no such file or folder: " + fs::to_utf8(place));
}

/// Files of one side that take part, the index of the tree first.
class FolderInputs {
 public:
  FolderInputs(fs::FileSystem& disk, fs::Path folder, const Entries& entries)
      : open_(disk),
        folder_(std::move(folder)),
        entries_(entries),
        index_bytes_(write_tree_index(entries)),
        index_(index_bytes_) {
    inputs_.push_back({kTreeIndex, &index_});
  }

  void add(std::size_t index, bool is_spare = false) {
    const fs::Path place = fs::join(folder_, entries_[index].path);
    files_.push_back(std::make_unique<fs::LateFile>(open_, place, entries_[index].size));
    inputs_.push_back({static_cast<std::uint32_t>(index), files_.back().get(), is_spare});
  }
  [[nodiscard]] std::span<const delta::Input> get() const { return inputs_; }
  [[nodiscard]] Blake2b tree() const { return blake2b(index_bytes_); }

 private:
  fs::OpenFiles open_;
  fs::Path folder_;
  const Entries& entries_;
  Bytes index_bytes_;
  BufferReader index_;
  std::vector<std::unique_ptr<fs::LateFile>> files_;
  std::vector<delta::Input> inputs_;
};

std::uint64_t bytes_of(const Entries& entries) {
  return std::accumulate(entries.begin(), entries.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Entry& entry) { return sum + entry.size; });
}

class Diff {
 public:
  Diff(fs::FileSystem& disk, const fs::Path& old_place, const fs::Path& new_place,
       const DiffOptions& options, Observer& observer)
      : disk_(disk), old_(old_place), new_(new_place), options_(options), observer_(observer) {}

  Diffed write_files(Sink& out) {
    const auto old_file = disk_.open_read(old_);
    const auto new_file = disk_.open_read(new_);
    allow_readers_of(disk_.stat(old_)->mode);
    allow_readers_of(disk_.stat(new_)->mode);
    if (options_.format == Format::bsdiff) {
      delta::encode_bsdiff(*old_file, *new_file, out, observer_);
    } else {
      const std::array old_part{delta::Input{0, old_file.get()}};
      const std::array new_part{delta::Input{0, new_file.get()}};
      encode(file_digest(*old_file, observer_), old_part, file_digest(*new_file, observer_),
             new_part, out);
    }
    return {Kind::file, old_file->size(), new_file->size(), 0};
  }

  Diffed write_folders(Sink& out) {
    const Entries old_entries = tree::scan(disk_, old_, observer_);
    const Entries new_entries = tree::scan(disk_, new_, observer_);
    for (const fs::Path* folder : {&old_, &new_}) allow_readers_of(disk_.stat(*folder)->mode);
    for (const Entries* entries : {&old_entries, &new_entries}) {
      for (const Entry& entry : *entries) {
        if (entry.kind == EntryKind::file) allow_readers_of(entry.mode);
      }
    }
    FolderInputs old_parts(disk_, old_, old_entries);
    FolderInputs new_parts(disk_, new_, new_entries);
    for (const auto& [index, is_unchanged] : delta::base_files(old_entries, new_entries)) {
      old_parts.add(index, is_unchanged);
    }
    for (const std::size_t index : delta::changed_files(old_entries, new_entries)) {
      new_parts.add(index);
    }
    encode(old_parts.tree(), old_parts.get(), new_parts.tree(), new_parts.get(), out);
    return {Kind::folder, bytes_of(old_entries), bytes_of(new_entries), 0};
  }

  /// The mode of the patch: it holds bytes of all files, so nobody reads it who may not read each.
  [[nodiscard]] std::uint32_t readers() const { return 0600 | readers_; }

 private:
  void allow_readers_of(std::uint32_t mode) { readers_ &= mode; }

  void encode(const Blake2b& base, std::span<const delta::Input> old_parts, const Blake2b& target,
              std::span<const delta::Input> new_parts, Sink& out) {
    delta::EncodeOptions options;
    options.level = options_.level;
    options.threads = options_.threads;
    options.memory = options_.memory;
    options.effort = options_.is_fast ? delta::Effort::fast : delta::Effort::best;
    delta::encode_delta(base, old_parts, target, new_parts, out, options, observer_);
  }

  fs::FileSystem& disk_;
  const fs::Path& old_;
  const fs::Path& new_;
  const DiffOptions& options_;
  Observer& observer_;
  std::uint32_t readers_ = 0044;
};

}  // namespace

Diffed diff(fs::FileSystem& disk, const fs::Path& old_place, const fs::Path& new_place,
            const fs::Path& patch, const DiffOptions& options, Observer& observer) {
  const Kind kind = kind_at(disk, old_place);
  if (kind != kind_at(disk, new_place)) refuse("one is a file and the other a folder");
  if (kind == Kind::folder && options.format == Format::bsdiff) {
    refuse("a BSDIFF40 patch is for files only");
  }
  NewOutput output(disk, patch, options.replace);
  const auto file = disk.create(output.unfinished(), 0600);
  Diff work(disk, old_place, new_place, options, observer);
  Diffed diffed = kind == Kind::file ? work.write_files(*file) : work.write_folders(*file);
  disk.set_mode(output.unfinished(), work.readers());
  file->sync();
  output.finish();
  diffed.patch_bytes = disk.stat(patch)->size;
  return diffed;
}

}  // namespace xppkg::patch
