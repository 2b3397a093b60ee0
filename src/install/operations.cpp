#include "operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fs/files.hpp"
#include "look.hpp"
#include "tree/scan.hpp"
#include "xppkg/error.hpp"

namespace xppkg::install {
namespace {

/// The mode of a folder before it gets its own.
constexpr std::uint32_t kJustMade = 0700;
constexpr std::uint32_t kSetIds = 06000;

bool is_folder(const std::optional<fs::Stat>& found) {
  return found && found->kind == fs::Kind::directory;
}

bool is_file(const std::optional<fs::Stat>& found) {
  return found && found->kind == fs::Kind::file;
}

[[noreturn]] void in_the_way(const fs::Path& path) {
  throw Error(Code::tree_conflict,
              {{"path", fs::to_utf8(path)}, {"reason", "it came while the update was committed"}});
}

}  // namespace

fs::Path Operations::target(const Operation& operation) const {
  return layout_.root / fs::from_utf8(operation.path);
}
fs::Path Operations::staged(const Operation& operation) const {
  return layout_.new_files() / fmt::to_string(operation.number);
}
fs::Path Operations::backup(const Operation& operation) const {
  return layout_.backup() / fmt::to_string(operation.number);
}
fs::Path Operations::displaced(const std::string& place) const {
  return layout_.displaced() / fs::from_utf8(place);
}

void Operations::back_up(const Operation& operation) {
  if (operation.kind != Operation::Kind::put || !operation.replaces) return;
  const fs::Path path = target(operation);
  // The name has its new file already if nothing is staged any more.
  if (!is_there(staged(operation)) || !is_there(path) || is_there(backup(operation))) return;
  try {
    disk_.link(path, backup(operation));
    touched_.insert(layout_.backup());
  } catch (const Error&) {
    // put() finds another way.
  }
}

void Operations::redo(const Operation& operation) {
  const fs::Path path = target(operation);
  switch (operation.kind) {
    case Operation::Kind::put:
      return put(operation);
    case Operation::Kind::displace:
      return displace(operation);
    case Operation::Kind::remove:
      return remove(operation);
    case Operation::Kind::make_directory:
      touched_.insert(path.parent_path());
      if (is_there(path) && !is_folder(disk_.stat(path))) in_the_way(path);
      return make_directory(path, operation.mode);
    case Operation::Kind::remove_directory:
      // Files that are not ours keep it.
      if (is_folder(disk_.stat(path)) && disk_.list(path).empty()) {
        touched_.insert(path.parent_path());
        touched_.erase(path);
        disk_.remove_directory(path);
      }
      return;
    case Operation::Kind::set_mode:
      return set_mode(path, operation.mode);
    case Operation::Kind::respell:
      return respell(path, layout_.root / fs::from_utf8(operation.to), backup(operation));
  }
}

void Operations::make_directory(const fs::Path& path, std::uint32_t mode) {
  const auto found = disk_.stat(path);
  if (!found) return disk_.make_directory(path, mode);
  // After a crash it may have been made without its mode. Otherwise somebody else has made it since
  // the changes were listed.
  const bool is_half_made = is_again_ && is_folder(found) && (found->mode & ~kSetIds) == kJustMade;
  if (is_half_made && mode != kJustMade) set_mode(path, mode | (found->mode & kSetIds));
}

void Operations::set_mode(const fs::Path& path, std::uint32_t mode) {
  const auto found = disk_.stat(path);
  if (is_folder(found)) {
    disk_.set_mode(path, mode);
    touched_.insert(path);
  } else if (found && found->kind == fs::Kind::file && found->names == 1) {
    // The other names of the file would change as well. No release makes a program run with its
    // owner's rights: who wrote the journal cannot do so either.
    disk_.set_mode(path, (mode & ~kSetIds) | (mode & found->mode & kSetIds));
    disk_.sync_file(path);
  }
}

void Operations::put(const Operation& operation) {
  if (!is_there(staged(operation))) return;  // It was renamed over before the crash.
  const fs::Path path = target(operation);
  if (is_again_ && is_exchanged(operation)) return take_out(operation);
  if (!is_there(path)) {
    if (disk_.rename_to_free(staged(operation), path)) return touch(staged(operation), path);
  }
  rescue(operation);
  if (operation.replaces && is_there(path) && !is_there(backup(operation))) {
    keep(path, backup(operation));
  }
  if (operation.brings.empty() || !disk_.exchange(staged(operation), path)) {
    return move(staged(operation), path);
  }
  touch(staged(operation), path);
  take_out(operation);
}

bool Operations::is_new(const Operation& operation, const fs::Path& path) const {
  if (operation.brings.empty()) return false;
  if (look_at(disk_, path) == operation.brings) return true;
  return operation.new_digest && is_file(disk_.stat(path)) &&
         tree::hash_file(disk_, path) == *operation.new_digest;
}

// The looks first: a copy of the old file with other rights has the same contents.
bool Operations::is_exchanged(const Operation& operation) const {
  const fs::Path path = target(operation);
  if (operation.brings.empty() || !is_there(path)) return false;
  if (look_at(disk_, staged(operation)) == operation.brings) return false;
  if (look_at(disk_, path) == operation.brings) return true;
  return is_new(operation, path) && !is_new(operation, staged(operation));
}

void Operations::take_out(const Operation& operation) {
  const fs::Path old = staged(operation);
  const std::string found = look_at(disk_, old);
  const auto is_safe_at = [&](const fs::Path& place) { return look_at(disk_, place) == found; };
  const bool is_safe = is_safe_at(backup(operation)) ||
                       (!operation.place.empty() && is_safe_at(displaced(operation.place))) ||
                       (!operation.rescue.empty() && is_safe_at(displaced(operation.rescue)));
  const bool is_folder_now = is_folder(disk_.stat(old));
  if (!is_safe || is_folder_now) {
    // Somebody saved his own in this very moment.
    const bool has_no_place =
        is_folder_now || operation.rescue.empty() || is_there(displaced(operation.rescue));
    if (has_no_place) {
      disk_.exchange(old, target(operation));
      in_the_way(target(operation));
    }
    keep_aside(old, operation.rescue);
  }
  if (is_there(old)) disk_.remove_file(old);
  touch(old, target(operation));
}

bool Operations::is_as_planned(const Operation& operation, const fs::Path& path) const {
  if (operation.kind == Operation::Kind::put && !operation.replaces) return false;
  // Files of the updater itself have no look.
  if (operation.seen.empty()) return true;
  if (look_at(disk_, path) != operation.seen) {
    // All times are new in a copied folder.
    const bool is_same = operation.old_digest && is_file(disk_.stat(path)) &&
                         tree::hash_file(disk_, path) == *operation.old_digest;
    if (!is_same) return false;
  }
  return operation.place.empty() || look_at(disk_, displaced(operation.place)) == operation.seen;
}

void Operations::rescue(const Operation& operation) {
  const fs::Path path = target(operation);
  if (!is_there(path) || is_as_planned(operation, path)) return;
  if (operation.rescue.empty() || is_folder(disk_.stat(path))) in_the_way(path);
  const fs::Path place = displaced(operation.rescue);
  if (is_there(place)) {
    // Either an earlier run was stopped right after it rescued this entry, or the entry has changed
    // again.
    if (look_at(disk_, place) == look_at(disk_, path)) return;
    in_the_way(path);
  }
  keep_aside(path, operation.rescue);
}

// A move does not open to others a file of a folder that is closed to them.
void Operations::make_like(const fs::Path& folder, const fs::Path& original) {
  touched_.insert(folder.parent_path());
  if (is_there(folder)) return;
  disk_.make_directory(folder, kJustMade);
  const auto found = disk_.stat(original);
  if (is_folder(found)) disk_.inherit(original, folder, (found->mode & 0777) | kJustMade);
}

void Operations::keep_aside(const fs::Path& path, const std::string& place) {
  make_like(layout_.displaced(), layout_.root);
  for (const RelPath& parent : RelPath::parse(place).parents()) {
    const std::string& text = parent.text();
    const std::size_t slash = text.find('/');  // After the version.
    const bool is_version = slash == std::string::npos;
    make_like(displaced(text),
              is_version ? layout_.root : layout_.root / fs::from_utf8(text.substr(slash + 1)));
  }
  keep(path, displaced(place));
}

void Operations::displace(const Operation& operation) {
  const fs::Path place = displaced(operation.place);
  const fs::Path path = target(operation);
  if (is_there(place) || !is_there(path)) return;
  if (is_folder(disk_.stat(path))) in_the_way(path);
  keep_aside(path, operation.place);
}

void Operations::remove(const Operation& operation) {
  const fs::Path path = target(operation);
  const auto found = disk_.stat(path);
  // Only files are removed so: a folder has come since, in the place of a file that was displaced.
  if (is_there(backup(operation))) return give_back_unless_planned(operation);
  if (!found || is_folder(found)) return;
  // A user has saved a file of his own under the name since: it stays.
  if (!is_as_planned(operation, path)) return;
  move(path, backup(operation));
  give_back_unless_planned(operation);
}

void Operations::give_back_unless_planned(const Operation& operation) {
  const fs::Path old = backup(operation);
  if (is_as_planned(operation, old)) return;
  const fs::Path path = target(operation);
  if (disk_.rename_to_free(old, path)) return touch(old, path);
  if (operation.rescue.empty() || is_there(displaced(operation.rescue))) in_the_way(path);
  keep_aside(old, operation.rescue);
}

void Operations::undo(const Operation& operation) {
  const fs::Path path = target(operation);
  switch (operation.kind) {
    case Operation::Kind::put:
      return unput(operation);
    case Operation::Kind::displace: {
      const fs::Path place = displaced(operation.place);
      if (!is_there(place)) return;
      if (!is_there(path)) {
        move(place, path);
      } else if (look_at(disk_, place) == look_at(disk_, path)) {
        disk_.remove_file(place);
      }
      return;
    }
    case Operation::Kind::remove:
      if (is_there(backup(operation)) && disk_.rename_to_free(backup(operation), path)) {
        touch(backup(operation), path);
      }
      return;
    case Operation::Kind::make_directory:
      if (is_folder(disk_.stat(path)) && disk_.list(path).empty()) {
        touched_.erase(path);
        touched_.insert(path.parent_path());
        disk_.remove_directory(path);
      }
      return;
    case Operation::Kind::remove_directory:
      touched_.insert(path.parent_path());
      return make_directory(path, operation.old_mode);
    case Operation::Kind::set_mode:
      return set_mode(path, operation.old_mode);
    case Operation::Kind::respell:
      return respell(layout_.root / fs::from_utf8(operation.to), path, backup(operation));
  }
}

void Operations::unput(const Operation& operation) {
  const fs::Path path = target(operation);
  if (is_there(staged(operation)) && is_there(path)) {
    // The new file never took the name; a program may hold the old one, so it is not touched.
    if (!is_exchanged(operation)) return;
    return move(staged(operation), path);
  }
  // Saved over the new file, or what was there before it, back at its name before a stop.
  const bool is_users = !operation.brings.empty() && is_there(path) && !is_new(operation, path);
  if (is_users) return;
  if (!operation.rescue.empty() && is_there(displaced(operation.rescue))) {
    // Saved while the commit was on its way: newer than the file before.
    return move(displaced(operation.rescue), path);
  }
  if (is_there(backup(operation))) return move(backup(operation), path);
  // The displaced name is the only one where no file can have two.
  if (!operation.place.empty() && is_there(displaced(operation.place))) {
    return move(displaced(operation.place), path);
  }
  // A missing backup means that nothing was there before, or that it was put back before a crash; a
  // folder at the name was there before, and was put back.
  const auto found = disk_.stat(path);
  if (operation.replaces || !found || is_folder(found)) return;
  touched_.insert(path.parent_path());
  disk_.remove_file(path);
}

// In two steps: asked to rename a name to itself in another spelling, some systems do nothing.
void Operations::respell(const fs::Path& from, const fs::Path& to, const fs::Path& between) {
  if (!is_there(between)) {
    if (!reads(from)) return;
    move(from, between);
  }
  move(between, to);
}

void Operations::end_respell(const Operation& operation) {
  if (operation.kind != Operation::Kind::respell || !is_there(backup(operation))) return;
  move(backup(operation), layout_.root / fs::from_utf8(operation.to));
}

/// True if the name stands in its folder with just this spelling.
bool Operations::reads(const fs::Path& path) const {
  if (!is_there(path)) return false;
  const std::vector<fs::Path> names = disk_.list(path.parent_path());
  return std::ranges::find(names, path.filename()) != names.end();
}

void Operations::keep(const fs::Path& from, const fs::Path& to) {
  try {
    disk_.link(from, to);
  } catch (const Error&) {
    // FAT, some shares, and files of another owner: the name is gone until the new file takes it.
    if (!disk_.rename_to_free(from, to)) throw;
  }
  touch(from, to);
}

void Operations::move(const fs::Path& from, const fs::Path& to) {
  disk_.rename(from, to);
  touch(from, to);
}

void Operations::touch(const fs::Path& from, const fs::Path& to) {
  touched_.insert(from.parent_path());
  touched_.insert(to.parent_path());
}

void Operations::sync() {
  for (const fs::Path& folder : touched_) {
    if (is_folder(disk_.stat(folder))) disk_.sync_directory(folder);
  }
  touched_.clear();
}

}  // namespace xppkg::install
