#include "tree/scan.hpp"

#include "fs/files.hpp"

namespace xppkg::tree {
namespace {

class Walk {
 public:
  Walk(fs::FileSystem& disk, fs::Path root, std::string left_out, Observer& observer)
      : disk_(disk), root_(std::move(root)), left_out_(std::move(left_out)), observer_(observer) {}

  Entries run() {
    folder("");
    for (Entry& entry : entries_) hash(entry);
    sort_and_check(entries_);
    return std::move(entries_);
  }

 private:
  void folder(const std::string& relative) {
    for (const fs::Path& name : disk_.list(root_ / fs::from_utf8(relative))) {
      const std::string path =
          relative.empty() ? fs::to_utf8(name) : relative + "/" + fs::to_utf8(name);
      if (path != left_out_) visit(RelPath::parse(path));
    }
  }

  void visit(RelPath path) {
    const fs::Path place = fs::join(root_, path);
    const auto found = disk_.stat(place);
    if (!found) throw Error(Code::io_failed, {{"path", path.text()}, {"cause", "it vanished"}});
    Entry entry;
    entry.path = std::move(path);
    switch (found->kind) {
      case fs::Kind::file:
        entry.mode = found->mode;
        entry.size = found->size;
        total_ += found->size;
        break;
      case fs::Kind::directory:
        entry.kind = EntryKind::directory;
        entry.mode = found->mode;
        break;
      case fs::Kind::symlink:
        entry.kind = EntryKind::symlink;
        entry.target = disk_.read_link(place);
        break;
      case fs::Kind::other:
        throw Error(Code::tree_unsafe_entry, {{"path", entry.path.text()},
                                              {"reason", "neither a file, a folder nor a link"}});
    }
    const bool deeper = entry.kind == EntryKind::directory;
    const std::string text = entry.path.text();
    entries_.push_back(std::move(entry));
    if (deeper) folder(text);
  }

  void hash(Entry& entry) {
    if (entry.kind != EntryKind::file) return;
    if (observer_.cancelled()) throw Error(Code::cancelled);
    Blake2bHasher hasher;
    const auto file = disk_.open_read(fs::join(root_, entry.path));
    entry.size = file->size();
    fs::for_each_piece(*file, [&](ByteView piece) {
      hasher.update(piece);
      done_ += piece.size();
      observer_.progress({Stage::scan, entry.path.text(), done_, total_});
    });
    entry.digest = hasher.finish();
  }

  fs::FileSystem& disk_;
  fs::Path root_;
  std::string left_out_;
  Observer& observer_;
  Entries entries_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Entries scan(fs::FileSystem& disk, const fs::Path& folder, Observer& observer) {
  return Walk(disk, folder, "", observer).run();
}

Entries scan_installation(fs::FileSystem& disk, const fs::Path& folder, Observer& observer) {
  return Walk(disk, folder, ".xppkg", observer).run();
}

Blake2b hash_file(fs::FileSystem& disk, const fs::Path& file) {
  Blake2bHasher hasher;
  fs::for_each_piece(*disk.open_read(file), [&](ByteView piece) { hasher.update(piece); });
  return hasher.finish();
}

}  // namespace xppkg::tree
