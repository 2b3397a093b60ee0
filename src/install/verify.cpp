#include "install/verify.hpp"

#include <algorithm>

#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

class Comparison {
 public:
  Comparison(fs::FileSystem& disk, const Layout& layout, Depth depth)
      : disk_(disk), layout_(layout), depth_(depth) {}

  void entry(const Entry& entry) {
    const fs::Path place = fs::join(layout_.root, entry.path);
    const auto found = disk_.stat(place);
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

  Verified take() { return std::move(result_); }

 private:
  void file(const Entry& entry, const fs::Stat& found, const fs::Path& place) {
    if (found.kind != fs::Kind::file) return add(entry, Finding::wrong_kind);
    if (!same_bytes(entry, found, place)) {
      return add(entry, entry.config ? Finding::config_changed : Finding::changed);
    }
    if (depth_ == Depth::full) result_.sound_files.emplace(entry.digest, entry.path);
    if (found.mode != entry.mode) add(entry, Finding::wrong_mode);
  }

  bool same_bytes(const Entry& entry, const fs::Stat& found, const fs::Path& place) {
    if (found.size != entry.size) return false;
    return depth_ == Depth::quick || tree::hash_file(disk_, place) == entry.digest;
  }

  void directory(const Entry& entry, const fs::Stat& found) {
    if (found.kind != fs::Kind::directory) return add(entry, Finding::wrong_kind);
    if ((found.mode & 0777) != entry.mode) add(entry, Finding::wrong_mode);
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
  Verified result_;
};

}  // namespace

std::string_view id(Finding finding) {
  switch (finding) {
    case Finding::missing:
      return "missing";
    case Finding::changed:
      return "changed";
    case Finding::wrong_mode:
      return "wrong-mode";
    case Finding::wrong_kind:
      return "wrong-kind";
    case Finding::wrong_link:
      return "wrong-link";
    case Finding::config_changed:
      return "config-changed";
  }
  return "unknown";
}

bool Verified::damaged() const {
  return std::ranges::any_of(differences, &Difference::is_damage);
}

Verified verify_folder(fs::FileSystem& disk, const Layout& layout,
                       const manifest::Manifest& manifest, Depth depth, Observer& observer) {
  Comparison comparison(disk, layout, depth);
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
