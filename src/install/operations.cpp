#include "operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::install {
namespace {

bool is_folder(const std::optional<fs::Stat>& found) {
  return found && found->kind == fs::Kind::directory;
}

}  // namespace

fs::Path Operations::target(const Operation& operation) const {
  return layout_.root / fs::from_utf8(operation.path);
}
fs::Path Operations::staged(const Operation& operation) const {
  return layout_.fresh() / fmt::to_string(operation.number);
}
fs::Path Operations::backup(const Operation& operation) const {
  return layout_.backup() / fmt::to_string(operation.number);
}
fs::Path Operations::displaced(const Operation& operation) const {
  return layout_.displaced() / fs::from_utf8(operation.place);
}

void Operations::back_up(const Operation& operation) {
  if (operation.kind != Operation::Kind::put || !operation.replaces) return;
  const fs::Path path = target(operation);
  // Where nothing is staged any more, the name has its new file already.
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
  // A crash may have come between making it and giving it its mode.
  if (is_folder(found) && found->mode != mode) set_mode(path, mode);
}

void Operations::set_mode(const fs::Path& path, std::uint32_t mode) {
  const auto found = disk_.stat(path);
  if (!found) return;
  disk_.set_mode(path, mode);
  if (is_folder(found)) {
    touched_.insert(path);
  } else {
    disk_.sync_file(path);
  }
}

void Operations::put(const Operation& operation) {
  if (!is_there(staged(operation))) return;  // It was renamed over before the crash.
  const fs::Path path = target(operation);
  if (operation.replaces && is_there(path) && !is_there(backup(operation))) {
    keep(path, backup(operation));
  }
  move(staged(operation), path);
}

void Operations::displace(const Operation& operation) {
  const fs::Path place = displaced(operation);
  const fs::Path path = target(operation);
  if (is_there(place) || !is_there(path)) return;
  fs::make_directories(disk_, place.parent_path());
  keep(path, place);
}

void Operations::remove(const Operation& operation) {
  const fs::Path path = target(operation);
  const auto found = disk_.stat(path);
  // Only files are removed so: a folder has come since, in the place of a file that was displaced.
  if (is_there(backup(operation)) || !found || is_folder(found)) return;
  move(path, backup(operation));
}

void Operations::undo(const Operation& operation) {
  const fs::Path path = target(operation);
  switch (operation.kind) {
    case Operation::Kind::put:
      return unput(operation);
    case Operation::Kind::displace: {
      const fs::Path place = displaced(operation);
      if (!is_there(place)) return;
      if (is_there(path)) {
        disk_.remove_file(place);
      } else {
        move(place, path);
      }
      return;
    }
    case Operation::Kind::remove:
      if (is_there(backup(operation))) move(backup(operation), path);
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
  // The new file never took the name; a program may hold the old one, so it is not touched.
  if (is_there(staged(operation)) && is_there(path)) return;
  if (is_there(backup(operation))) return move(backup(operation), path);
  // Where no file can have two names, the displaced one is the only one.
  if (!operation.place.empty() && is_there(displaced(operation))) {
    return move(displaced(operation), path);
  }
  // Without a backup either nothing was there before, or it was put back before a crash; a folder
  // at the name was there before, and was put back.
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
    disk_.rename(from, to);
  }
  touched_.insert(from.parent_path());
  touched_.insert(to.parent_path());
}

void Operations::move(const fs::Path& from, const fs::Path& to) {
  disk_.rename(from, to);
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
