#include "install/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "fs/files.hpp"

namespace xppkg::install {
namespace {

using manifest::Manifest;

/// Every file system in use takes a name of these characters, and of this length: encrypted ones
/// have the lowest limit.
constexpr std::size_t kUsualBytes = 143;

bool is_usual(std::string_view name) {
  const auto usual = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ' ';
  };
  return name.size() <= kUsualBytes && std::ranges::all_of(name, usual);
}

std::string name_of(const RelPath& path) {
  return path.text().substr(path.text().rfind('/') + 1);
}

[[noreturn]] void unsuitable(const fs::Path& path, const std::string& reason) {
  throw Error(Code::disk_unsuitable, {{"path", fs::to_utf8(path)}, {"reason", reason}});
}

/// An empty folder in which names are tried, gone again at the end.
class Probe {
 public:
  Probe(fs::FileSystem& disk, const Layout& layout) : disk_(disk), folder_(layout.probe()) {
    fs::remove_tree(disk_, folder_);
    disk_.make_directory(folder_, 0700);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    try {
      fs::remove_tree(disk_, folder_);
    } catch (const Error&) {
      // The next one removes it.
    }
  }

  void try_file(const std::string& name, const fs::Path& wanted_for) {
    try_name(name, wanted_for, [this](const fs::Path& path) { disk_.create(path, 0600); });
  }
  void try_symlink(const fs::Path& wanted_for) {
    try_name("link", wanted_for,
             [this](const fs::Path& path) { disk_.make_symlink(path, "nowhere"); });
  }

 private:
  template <typename Make>
  void try_name(const std::string& name, const fs::Path& wanted_for, const Make& make) {
    const fs::Path path = folder_ / fs::from_utf8(name);
    try {
      make(path);
      if (disk_.stat(path)) return disk_.remove_file(path);
    } catch (const Error& error) {
      // The folder is ours and empty: the file system does not take a name that is refused here.
      if (error.code() != Code::io_failed && error.code() != Code::rights_denied) throw;
      unsuitable(wanted_for,
                 fmt::format("the file system does not take it: {}", error.fact("cause")));
    }
    unsuitable(wanted_for, "the file system changes its name");
  }

  fs::FileSystem& disk_;
  fs::Path folder_;
};

class Preflight {
 public:
  Preflight(fs::FileSystem& disk, const Layout& layout, const Manifest* installed,
            const Verified& verified, const Manifest& wanted)
      : disk_(disk),
        layout_(layout),
        installed_(installed),
        wanted_(wanted),
        limits_(disk.limits(layout.root)),
        volume_(disk.stat(layout.root)->device) {
    for (const Difference& difference : verified.differences) damaged_.insert(difference.path);
  }

  void run() {
    check_state();
    for (const Entry& entry : wanted_.entries) {
      check_link(entry);
      if (is_unchanged(entry)) continue;
      check_length(fs::join(layout_.root, entry.path), name_of(entry.path).size());
      check_size(entry);
      check_folder_of(entry.path);
      check_sticky(entry.path);
    }
    check_obsolete();
    check_names();
  }

 private:
  [[nodiscard]] bool is_unchanged(const Entry& entry) const {
    const Entry* old =
        installed_ == nullptr ? nullptr : find_entry(installed_->entries, entry.path);
    return old != nullptr && old->kind == entry.kind && old->digest == entry.digest &&
           old->target == entry.target && old->mode == entry.mode &&
           !damaged_.contains(entry.path.text());
  }

  /// A link in the place of a folder: files behind it are not ours, and replacing it would take
  /// away what its owner reaches through it.
  void check_link(const Entry& entry) const {
    if (entry.kind != EntryKind::directory) return;
    const Entry* old =
        installed_ == nullptr ? nullptr : find_entry(installed_->entries, entry.path);
    if (old != nullptr && old->kind != EntryKind::directory) return;
    const fs::Path place = fs::join(layout_.root, entry.path);
    const auto found = disk_.stat(place);
    if (!found || found->kind != fs::Kind::symlink) return;
    throw Error(Code::tree_conflict, {{"path", fs::to_utf8(place)},
                                      {"reason", "a link stands in the place of a folder"}});
  }

  /// A folder with an updater of its own is that one's.
  void check_nested(const fs::Path& folder) const {
    if (!disk_.stat(Layout{folder}.config())) return;
    throw Error(Code::tree_conflict, {{"path", fs::to_utf8(folder)},
                                      {"reason", "another installation lies in this folder"}});
  }

  /// Our own folders may have been made by another user.
  void check_state() {
    check_length(layout_.blobs() / Blake2b{}.hex(), 0);
    check_folder(layout_.state(), *disk_.stat(layout_.state()));
    for (const fs::Path& name : disk_.list(layout_.state())) {
      const fs::Path folder = layout_.state() / name;
      const auto found = disk_.stat(folder);
      if (found && found->kind == fs::Kind::directory) check_folder(folder, *found);
    }
  }

  void check_obsolete() {
    if (installed_ == nullptr) return;
    for (const Entry& entry : installed_->entries) {
      if (find_entry(wanted_.entries, entry.path) != nullptr) continue;
      check_folder_of(entry.path);
      check_sticky(entry.path);
    }
  }

  void check_length(const fs::Path& path, std::size_t name) const {
    const std::size_t bytes = fs::to_utf8(path).size();
    if (bytes > limits_.path_bytes) too_long(path, bytes, limits_.path_bytes);
    if (name > limits_.name_bytes) too_long(path, name, limits_.name_bytes);
  }

  void check_size(const Entry& entry) const {
    if (entry.kind != EntryKind::file || entry.size <= limits_.file_bytes) return;
    unsuitable(fs::join(layout_.root, entry.path),
               fmt::format("the file has {} bytes, and this disk takes {}", entry.size,
                           limits_.file_bytes));
  }

  [[noreturn]] static void too_long(const fs::Path& path, std::size_t bytes, std::uint64_t limit) {
    unsuitable(path, fmt::format("the name has {} bytes, and this disk takes {}", bytes, limit));
  }

  /// No folder above a name is another updater's, and the innermost that is there already is fit.
  void check_folder_of(const RelPath& path) {
    const auto above = path.parents();
    for (const RelPath& parent : above) {
      if (above_.insert(parent.text()).second) check_nested(fs::join(layout_.root, parent));
    }
    for (auto at = above.rbegin(); at != above.rend(); ++at) {
      const RelPath& parent = *at;
      if (!checked_.insert(parent.text()).second) return;
      const fs::Path folder = fs::join(layout_.root, parent);
      const auto found = disk_.stat(folder);
      if (!found || found->kind != fs::Kind::directory) continue;
      return check_folder(folder, *found);
    }
  }

  void check_folder(const fs::Path& folder, const fs::Stat& found) const {
    if (found.device != volume_) unsuitable(folder, "it lies on another volume than the rest");
    // Our own folders are made writable for the time of the commit. One that is so by its mode and
    // yet refuses is immutable, or lies on a disk that can only be read.
    constexpr std::uint32_t kOwnerMayWrite = 0200;
    const bool is_sealed = found.is_own && (found.mode & kOwnerMayWrite) == 0;
    if (is_sealed || disk_.may_write(folder)) return;
    throw Error(Code::rights_denied, {{"folder", fs::to_utf8(folder)}});
  }

  /// Only names of own files can be changed in a sticky folder of somebody else.
  void check_sticky(const RelPath& path) {
    constexpr std::uint32_t kSticky = 01000;
    const fs::Path place = fs::join(layout_.root, path);
    const auto folder = disk_.stat(place.parent_path());
    if (!folder || folder->is_own || (folder->mode & kSticky) == 0) return;
    const auto found = disk_.stat(place);
    if (found && !found->is_own) throw Error(Code::rights_denied, {{"path", fs::to_utf8(place)}});
  }

  void check_names() {
    std::set<std::string> names;
    std::unique_ptr<Probe> probe;
    const auto open = [&]() -> Probe& {
      if (!probe) probe = std::make_unique<Probe>(disk_, layout_);
      return *probe;
    };
    bool links_are_fine = false;
    for (const Entry& entry : wanted_.entries) {
      const fs::Path place = fs::join(layout_.root, entry.path);
      if (is_unchanged(entry) || disk_.stat(place)) continue;
      const std::string name = name_of(entry.path);
      if (!is_usual(name) && names.insert(name).second) open().try_file(name, place);
      if (entry.kind == EntryKind::symlink && !links_are_fine) {
        open().try_symlink(place);
        links_are_fine = true;
      }
    }
  }

  fs::FileSystem& disk_;
  const Layout& layout_;
  const Manifest* installed_;
  const Manifest& wanted_;
  fs::VolumeLimits limits_;
  std::uint64_t volume_;
  std::set<std::string> damaged_;
  std::set<std::string> checked_;
  std::set<std::string> above_;  // names, of whatever changes
};

}  // namespace

void check_disk(fs::FileSystem& disk, const Layout& layout, const Manifest* installed,
                const Verified& verified, const Manifest& wanted) {
  Preflight(disk, layout, installed, verified, wanted).run();
}

}  // namespace xppkg::install
