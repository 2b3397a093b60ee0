#include "install/changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/utf8.hpp"
#include "install/file_times.hpp"
#include "install/modes.hpp"
#include "look.hpp"
#include "spelling.hpp"
#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

using manifest::Manifest;

constexpr std::uint32_t kOwnerAll = 0700;

class Finder {
 public:
  Finder(fs::FileSystem& disk, const Layout& layout, const Manifest* installed,
         const Manifest& wanted, LayBeside beside)
      : disk_(disk),
        layout_(layout),
        installed_(installed),
        wanted_(wanted),
        beside_(beside),
        spelling_(disk, layout) {
    if (installed != nullptr) times_ = load_file_times(disk, layout, installed->tree);
  }

  Changes run() {
    if (installed_ != nullptr) open_folders(installed_->entries);
    open_folders(wanted_.entries);
    respell();
    clear_changed_kinds();
    for (const Entry& entry : wanted_.entries) {
      if (entry.kind == EntryKind::directory) directory(entry);
    }
    for (const Entry& entry : wanted_.entries) {
      if (entry.kind == EntryKind::file) file(entry);
      if (entry.kind == EntryKind::symlink) symlink(entry);
    }
    remove_obsolete();
    std::ranges::move(last_modes_, std::back_inserter(changes_.operations));
    name_old_contents();
    return std::move(changes_);
  }

 private:
  [[nodiscard]] std::optional<fs::Stat> stat(const RelPath& path) const {
    if (is_cleared(path)) return std::nullopt;
    return stat_inside(path);
  }

  /// The metadata of a path; nothing where a folder above it is a link, which leads out of DIR.
  [[nodiscard]] std::optional<fs::Stat> stat_inside(const RelPath& path) const {
    const auto is_folder = [&](const RelPath& parent) {
      const auto [known, inserted] = is_folder_.try_emplace(parent.text(), false);
      if (inserted) {
        const auto found = disk_.stat(fs::join(layout_.root, parent));
        known->second = found && found->kind == fs::Kind::directory;
      }
      return known->second;
    };
    if (!std::ranges::all_of(path.parents(), is_folder)) return std::nullopt;
    return disk_.stat(fs::join(layout_.root, path));
  }

  [[nodiscard]] const Entry* before(const RelPath& path) {
    if (installed_ == nullptr) return nullptr;
    const Entry* same = find_entry(installed_->entries, path);
    return same != nullptr ? same : find_folded(folded_installed_, *installed_, path);
  }

  /// The entry of a release whose path this disk takes for the same, in another spelling.
  const Entry* find_folded(std::optional<FoldedEntries>& folded, const Manifest& manifest,
                           const RelPath& path) {
    if (!folded) folded.emplace(manifest.entries);
    const Entry* found = folded->find(path);
    return found != nullptr && spelling_.is_one(found->path, path) ? found : nullptr;
  }

  /// A name that an earlier operation of this list has emptied, or that lies below one.
  [[nodiscard]] bool is_cleared(const RelPath& path) const {
    if (cleared_.empty()) return false;
    const auto cleared = [&](const RelPath& name) { return cleared_.contains(name.text()); };
    return cleared(path) || std::ranges::any_of(path.parents(), cleared);
  }

  Operation& add(Operation::Kind kind, const std::string& path) {
    Operation& operation = changes_.operations.emplace_back();
    operation.kind = kind;
    operation.path = path;
    operation.number = changes_.operations.size();
    return operation;
  }

  // Names that differ from the release's in case only, on a disk that takes both for the same, get
  // the release's spelling first of all. From then on either spelling finds them.
  void respell() {
    for (const Entry& entry : wanted_.entries) {
      const bool is_known =
          installed_ != nullptr && find_entry(installed_->entries, entry.path) != nullptr;
      if (is_known || !stat_inside(entry.path)) continue;
      const auto name = spelling_.other_name(entry.path);
      if (!name) continue;
      const std::string& path = entry.path.text();
      add(Operation::Kind::respell, path.substr(0, path.rfind('/') + 1) + *name).to = path;
    }
  }

  // A file in place of a folder, or the reverse: the old entry has to go before anything new comes.
  // Everything else is removed last.
  void clear_changed_kinds() {
    for (const Entry& entry : wanted_.entries) {
      const auto found = stat(entry.path);
      if (!found) continue;
      const bool is_folder = found->kind == fs::Kind::directory;
      const bool wants_folder = entry.kind == EntryKind::directory;
      if (is_folder == wants_folder) continue;
      if (is_folder) {
        clear_folder(entry.path);
      } else {
        refuse_link_of_a_folder(entry.path, *found);
        remove(entry.path, displace_if_foreign(entry.path));
      }
      cleared_.insert(entry.path.text());
    }
  }

  // A user moved the folder elsewhere, and his files in it would be out of the program's sight.
  // Files behind the link are not ours to change.
  void refuse_link_of_a_folder(const RelPath& path, const fs::Stat& found) {
    const Entry* old = before(path);
    const bool may_be_folder = old == nullptr || old->kind == EntryKind::directory;
    if (found.kind != fs::Kind::symlink || !may_be_folder) return;
    throw Error(Code::tree_conflict,
                {{"path", path.text()}, {"reason", "a link stands in the place of a folder"}});
  }

  void clear_folder(const RelPath& folder) {
    const fs::Path place = fs::join(layout_.root, folder);
    for (const fs::Path& name : disk_.list(place)) {
      const RelPath path = our_name(folder, fs::to_utf8(name));
      if (disk_.stat(fs::join(layout_.root, path))->kind == fs::Kind::directory) {
        clear_folder(path);
      } else {
        remove(path, displace_if_foreign(path));
      }
    }
    remove_directory(folder, *disk_.stat(place));
  }

  /// The path of something in a folder that has to go. Throws Error{tree_conflict} unless it is
  /// ours.
  [[nodiscard]] RelPath our_name(const RelPath& folder, const std::string& name) {
    const std::string text = folder.text() + "/" + name;
    const Entry* ours = before_at(text);
    if (ours != nullptr && !is_users_config(*ours)) return RelPath::parse(text);
    throw Error(Code::tree_conflict, {{"path", text}, {"in the way of", folder.text()}});
  }

  /// The same as `before`, for a name that may be the user's: no release has an unsafe one.
  [[nodiscard]] const Entry* before_at(const std::string& path) {
    try {
      return before(RelPath::parse(path));
    } catch (const Error& error) {
      if (error.code() != Code::tree_unsafe_name) throw;
      return nullptr;
    }
  }

  void directory(const Entry& entry) {
    const auto found = stat(entry.path);
    if (found) {
      const std::uint32_t mode = working_mode(entry.path, *found);
      const std::uint32_t wanted = mode_of(entry, *found);
      if (mode != wanted) set_mode_last(entry.path, mode, wanted);
      return;
    }
    const std::uint32_t mode = entry.mode | kOwnerAll;
    add(Operation::Kind::make_directory, entry.path.text()).mode = mode;
    if (mode != entry.mode) set_mode_last(entry.path, mode, entry.mode);
  }

  /// The mode that an existing entry is to get.
  [[nodiscard]] std::uint32_t mode_of(const Entry& entry, const fs::Stat& found) {
    const Entry* old = before(entry.path);
    const bool is_ours = old != nullptr && old->kind == entry.kind;
    // The user decides on the mode of a folder that he had before.
    if (!is_ours && entry.kind == EntryKind::directory) return found.mode;
    return kept_mode(is_ours ? std::optional(old->mode) : std::nullopt, found.mode, entry.mode);
  }

  void remove_directory(const RelPath& path, const fs::Stat& found) {
    add(Operation::Kind::remove_directory, path.text()).old_mode = working_mode(path, found);
  }

  // A folder must be writable while its contents change; its own mode comes last.
  void open_folders(const Entries& entries) {
    for (const Entry& entry : entries) {
      if (entry.kind != EntryKind::directory || opened_.contains(entry.path.text())) continue;
      const auto found = stat_inside(entry.path);
      if (!found || found->kind != fs::Kind::directory) continue;
      if ((found->mode & kOwnerAll) == kOwnerAll) continue;
      opened_[entry.path.text()] = found->mode | kOwnerAll;
      set_mode(entry.path, found->mode, found->mode | kOwnerAll);
    }
  }

  [[nodiscard]] std::uint32_t working_mode(const RelPath& path, const fs::Stat& found) const {
    const auto opened = opened_.find(path.text());
    return opened == opened_.end() ? found.mode : opened->second;
  }

  void file(const Entry& entry) {
    const auto found = stat(entry.path);
    if (!found) {
      put(entry, entry.path.text(), false);
      return;
    }
    const fs::Path place = fs::join(layout_.root, entry.path);
    const bool is_file = found->kind == fs::Kind::file;
    if (is_file && found->size == entry.size && tree::hash_file(disk_, place) == entry.digest) {
      return same_file(entry, *found);
    }
    if (entry.config && is_file && is_users_own(entry.path, place)) return keep_config(entry);
    replace(entry, *found, displace_if_foreign(entry.path));
  }

  void same_file(const Entry& entry, const fs::Stat& found) {
    const std::uint32_t mode = mode_of(entry, found);
    if (mode == found.mode) return;
    if (found.names == 1) return set_mode(entry.path, found.mode, mode);
    // A backup or an equal file shares it: those keep their mode.
    StagedFile& copy = put(entry, entry.path.text(), true);
    copy.mode = mode;
    copy.rights_of = fs::join(layout_.root, entry.path);
  }

  void replace(const Entry& entry, const fs::Stat& found, const std::string& displaced) {
    StagedFile& file = put(entry, entry.path.text(), true, displaced);
    const Entry* old = before(entry.path);
    const bool is_ours = old != nullptr && old->kind == EntryKind::file;
    if (found.kind != fs::Kind::file || !is_ours) return;
    file.mode = mode_of(entry, found);
    // A user who changed the contents gave no special mode bits to the new ones.
    if (!displaced.empty()) file.mode &= 0777;
    file.rights_of = fs::join(layout_.root, entry.path);
  }

  [[nodiscard]] bool is_users_own(const RelPath& path, const fs::Path& place) {
    const Entry* old = before(path);
    if (old == nullptr || disk_.stat(place)->kind != fs::Kind::file) return true;
    return tree::hash_file(disk_, place) != old->digest;
  }

  /// A config file of the installed release that its user changed, or replaced by a link.
  [[nodiscard]] bool is_users_config(const Entry& old) {
    return old.config && stat_inside(old.path) &&
           is_users_own(old.path, fs::join(layout_.root, old.path));
  }

  void keep_config(const Entry& entry) {
    const Entry* old = before(entry.path);
    const bool vendor_changed_it = old == nullptr || old->digest != entry.digest;
    if (!vendor_changed_it && beside_ == LayBeside::where_vendor_changed) return;
    const RelPath beside = name_beside(entry.path);
    changes_.notices.push_back({"config.kept", entry.path.text(), beside.text()});
    const auto found = disk_.stat(fs::join(layout_.root, beside));
    if (!found) {
      put(entry, beside.text(), false);
      return;
    }
    const bool is_file = found->kind == fs::Kind::file;
    const Blake2b there =
        is_file ? tree::hash_file(disk_, fs::join(layout_.root, beside)) : Blake2b{};
    if (is_file && there == entry.digest) return;
    // Laid there by an earlier update, or the user's own.
    const bool is_ours = is_file && old != nullptr && there == old->digest;
    put(entry, beside.text(), true, is_ours ? "" : displace_if_foreign(beside));
  }

  /// NAME.new, or NAME.new-2 and so on where a release has a file of that name or a folder is
  /// there.
  [[nodiscard]] RelPath name_beside(const RelPath& path) {
    for (int n = 1;; ++n) {
      RelPath name = with_ending(path, ".new" + (n == 1 ? "" : fmt::format("-{}", n)));
      const bool is_of_a_release = before(name) != nullptr ||
                                   find_entry(wanted_.entries, name) != nullptr ||
                                   find_folded(folded_wanted_, wanted_, name) != nullptr;
      const auto found = stat_inside(name);
      const bool is_folder = found && found->kind == fs::Kind::directory;
      if (!is_of_a_release && !is_folder) return name;
    }
  }

  /// A long name is cut, as no disk would take it otherwise.
  [[nodiscard]] RelPath with_ending(const RelPath& path, const std::string& ending) const {
    std::string text = path.text();
    const std::size_t name = text.rfind('/') + 1;  // 0 where there is none.
    const std::size_t most =
        std::min<std::uint64_t>(RelPath::kMaxNameBytes, disk_.limits(layout_.root).name_bytes);
    if (text.size() - name + ending.size() > most) {
      std::size_t end = name + most - ending.size();
      while (!is_utf8(std::string_view(text).substr(name, end - name))) --end;
      text.resize(end);
    }
    return RelPath::parse(text + ending);
  }

  void symlink(const Entry& entry) {
    const auto found = stat(entry.path);
    if (found && found->kind == fs::Kind::symlink &&
        disk_.read_link(fs::join(layout_.root, entry.path)) == entry.target) {
      return;
    }
    const std::string place = found ? displace_if_foreign(entry.path) : "";
    put(entry, entry.path.text(), found.has_value(), place);
  }

  StagedFile& put(const Entry& entry, const std::string& path, bool replaces,
                  const std::string& displaced = {}) {
    Operation& operation = add(Operation::Kind::put, path);
    operation.replaces = replaces;
    operation.place = displaced;
    operation.rescue = free_place(RelPath::parse(path)).value_or("");
    if (replaces) operation.seen = look_at(disk_, layout_.root / fs::from_utf8(path));
    return changes_.files.emplace_back(StagedFile{operation.number, &entry, entry.mode, {}});
  }

  void remove(const RelPath& path, const std::string& displaced) {
    Operation& operation = add(Operation::Kind::remove, path.text());
    operation.place = displaced;
    operation.rescue = free_place(path).value_or("");
    operation.seen = look_at(disk_, fs::join(layout_.root, path));
  }

  /// True if the installed release's own file or link is there, as it came.
  [[nodiscard]] bool is_untouched(const RelPath& path) {
    const auto [known, inserted] = is_untouched_.try_emplace(path.text(), false);
    if (inserted) known->second = find_untouched(path);
    return known->second;
  }

  [[nodiscard]] bool find_untouched(const RelPath& path) {
    const Entry* old = before(path);
    const auto found = stat_inside(path);
    if (old == nullptr || !found) return false;
    const fs::Path place = fs::join(layout_.root, path);
    if (old->kind == EntryKind::symlink) {
      return found->kind == fs::Kind::symlink && disk_.read_link(place) == old->target;
    }
    return old->kind == EntryKind::file && found->kind == fs::Kind::file &&
           found->size == old->size && tree::hash_file(disk_, place) == old->digest;
  }

  /// A damaged file of the installed release that holds no work of a user: it is empty, or its
  /// bytes changed though it was not written.
  [[nodiscard]] bool is_mere_damage(const RelPath& path) {
    const Entry* old = before(path);
    const auto found = stat_inside(path);
    if (old == nullptr || old->kind != EntryKind::file || old->config || !found ||
        found->kind != fs::Kind::file) {
      return false;
    }
    const auto known = times_.find(old->path.text());
    return found->size == 0 ||
           (known != times_.end() && known->second == Seen{found->size, found->modified_ns});
  }

  /// The place of a file that is not ours, below .xppkg/displaced; empty if it is ours. A file
  /// that a user changed is not ours, nor is another kind of entry.
  std::string displace_if_foreign(const RelPath& path) {
    if (is_untouched(path) || is_mere_damage(path)) return {};
    const auto place = free_place(path);
    if (!place) {
      throw Error(Code::tree_conflict,
                  {{"path", path.text()}, {"reason", "too long a name to be displaced"}});
    }
    add(Operation::Kind::displace, path.text()).place = *place;
    changes_.notices.push_back({"file.displaced", path.text(), ".xppkg/displaced/" + *place});
    return *place;
  }

  /// VERSION/PATH, or VERSION-2/PATH and so on where earlier displaced files stand in the way.
  /// Nothing where the name would be too long.
  [[nodiscard]] std::optional<std::string> free_place(const RelPath& path) {
    for (int n = 1;; ++n) {
      const std::string folder = wanted_.version.text() + (n == 1 ? "" : fmt::format("-{}", n));
      std::string place = folder + "/" + path.text();
      if (place.size() > RelPath::kMaxBytes) return std::nullopt;
      if (is_taken(RelPath::parse(place)) || !places_.insert(place).second) continue;
      return place;
    }
  }

  [[nodiscard]] bool is_taken(const RelPath& place) const {
    if (!disk_.stat(layout_.displaced())) return false;
    const auto blocks = [&](const RelPath& parent) {
      const auto found = disk_.stat(fs::join(layout_.displaced(), parent));
      return found && found->kind != fs::Kind::directory;
    };
    return disk_.stat(fs::join(layout_.displaced(), place)) ||
           std::ranges::any_of(place.parents(), blocks);
  }

  void set_mode(const RelPath& path, std::uint32_t from, std::uint32_t to) {
    Operation& operation = add(Operation::Kind::set_mode, path.text());
    operation.old_mode = from;
    operation.mode = to;
  }

  void set_mode_last(const RelPath& path, std::uint32_t from, std::uint32_t to) {
    Operation operation;
    operation.kind = Operation::Kind::set_mode;
    operation.path = path.text();
    operation.old_mode = from;
    operation.mode = to;
    last_modes_.push_back(std::move(operation));
  }

  // Backwards: contents of a folder come before the folder.
  void remove_obsolete() {
    if (installed_ == nullptr) return;
    for (auto entry = installed_->entries.rbegin(); entry != installed_->entries.rend(); ++entry) {
      const bool is_wanted = find_entry(wanted_.entries, entry->path) != nullptr ||
                             find_folded(folded_wanted_, wanted_, entry->path) != nullptr;
      if (!is_wanted) obsolete(*entry);
    }
  }

  // A changed file has no contents of the old release.
  void name_old_contents() {
    for (Operation& operation : changes_.operations) {
      const bool backs_up = operation.kind == Operation::Kind::remove ||
                            (operation.kind == Operation::Kind::put && operation.replaces);
      if (!backs_up || !operation.place.empty()) continue;
      const RelPath path = RelPath::parse(operation.path);
      const Entry* old = before(path);
      const bool is_file = old != nullptr && old->kind == EntryKind::file;
      if (is_file && is_untouched(path)) operation.old_digest = old->digest;
    }
  }

  void obsolete(const Entry& entry) {
    const auto found = stat(entry.path);
    if (!found) return;
    const bool is_folder = found->kind == fs::Kind::directory;
    if (is_folder != (entry.kind == EntryKind::directory)) return;  // The user's own by now.
    if (is_folder) {
      remove_directory(entry.path, *found);
      return;
    }
    if (entry.config && is_users_own(entry.path, fs::join(layout_.root, entry.path))) {
      changes_.notices.push_back({"config.kept", entry.path.text(), ""});
      return;
    }
    remove(entry.path, displace_if_foreign(entry.path));
  }

  fs::FileSystem& disk_;
  const Layout& layout_;
  const Manifest* installed_;
  const Manifest& wanted_;
  LayBeside beside_;
  Changes changes_;
  Spelling spelling_;
  std::optional<FoldedEntries> folded_installed_;
  std::optional<FoldedEntries> folded_wanted_;
  FileTimes times_;
  std::set<std::string> cleared_;
  std::set<std::string> places_;  // of this list, below .xppkg/displaced
  std::map<std::string, bool> is_untouched_;
  mutable std::map<std::string, bool> is_folder_;  // nothing changes while changes are looked for
  std::map<std::string, std::uint32_t> opened_;    // folders whose mode is widened meanwhile
  std::vector<Operation> last_modes_;
};

}  // namespace

Changes find_changes(fs::FileSystem& disk, const Layout& layout, const Manifest* installed,
                     const Manifest& wanted, LayBeside beside) {
  return Finder(disk, layout, installed, wanted, beside).run();
}

}  // namespace xppkg::install
