#include "install/verify.hpp"

#include <algorithm>

#include "install/modes.hpp"
#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

class Comparison {
 public:
  Comparison(fs::FileSystem& disk, const Layout& layout, const Blake2b& tree, Depth depth)
      : disk_(disk), layout_(layout), depth_(depth), known_(load_file_times(disk, layout, tree)) {}

  void entry(const Entry& entry) {
    const fs::Path place = fs::join(layout_.root, entry.path);
    const auto found = disk_.stat(place);
    if (entry.kind == EntryKind::file) result_.lost.insert(entry.digest);
    if (!found) return add(entry, Finding::missing);
    switch (entry.kind) {
      case EntryKind::file:
        return file(entry, *found, place);
      case EntryKind::directory:
        return directory(entry, *found);
      case EntryKind::symlink:
        return symlink(entry, *found, place);
    }
  }

  Verified take() {
    for (const Blake2b& digest : sound_) result_.lost.erase(digest);
    result_.times_are_news = result_.times != known_;
    return std::move(result_);
  }

 private:
  void file(const Entry& entry, const fs::Stat& found, const fs::Path& place) {
    if (found.kind != fs::Kind::file) return add(entry, Finding::wrong_kind);
    if (!same_bytes(entry, found, place)) {
      return add(entry, entry.config ? Finding::config_changed : Finding::changed);
    }
    sound_.insert(entry.digest);
    if (!entry.config) result_.times[entry.path.text()] = {found.size, found.modified_ns};
    if (depth_ == Depth::full) result_.sound_files.emplace(entry.digest, entry.path);
    check_mode(entry, found.mode);
  }

  bool same_bytes(const Entry& entry, const fs::Stat& found, const fs::Path& place) {
    if (found.size != entry.size) return false;
    return (depth_ == Depth::quick && is_as_seen(entry, found)) ||
           tree::hash_file(disk_, place) == entry.digest;
  }

  [[nodiscard]] bool is_as_seen(const Entry& entry, const fs::Stat& found) const {
    const auto known = known_.find(entry.path.text());
    return known != known_.end() && known->second == Seen{found.size, found.modified_ns};
  }

  void directory(const Entry& entry, const fs::Stat& found) {
    if (found.kind != fs::Kind::directory) return add(entry, Finding::wrong_kind);
    check_mode(entry, found.mode & 0777);
  }

  void check_mode(const Entry& entry, std::uint32_t mode) {
    if (mode == entry.mode) return;
    add(entry, is_administrators(mode, entry.mode) ? Finding::mode_changed : Finding::wrong_mode);
  }

  void symlink(const Entry& entry, const fs::Stat& found, const fs::Path& place) {
    if (found.kind != fs::Kind::symlink) return add(entry, Finding::wrong_kind);
    if (disk_.read_link(place) != entry.target) add(entry, Finding::wrong_link);
  }

  void add(const Entry& entry, Finding finding) {
    result_.differences.push_back({entry.path.text(), finding});
  }

  fs::FileSystem& disk_;
  const Layout& layout_;
  Depth depth_;
  FileTimes known_;
  std::set<Blake2b> sound_;
  Verified result_;
};

}  // namespace

bool Verified::damaged() const {
  return std::ranges::any_of(differences, &Difference::is_damage);
}

Verified verify_folder(fs::FileSystem& disk, const Layout& layout,
                       const manifest::Manifest& manifest, Depth depth, Observer& observer) {
  Comparison comparison(disk, layout, manifest.tree, depth);
  std::uint64_t total = 0;
  for (const Entry& entry : manifest.entries) total += entry.size;
  std::uint64_t done = 0;
  for (const Entry& entry : manifest.entries) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    comparison.entry(entry);
    done += entry.size;
    observer.progress({Stage::verify, entry.path.text(), done, total});
  }
  return comparison.take();
}

}  // namespace xppkg::install
