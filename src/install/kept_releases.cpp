#include "install/kept_releases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fs/files.hpp"
#include "look.hpp"
#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

constexpr const char* kFiles = "files";
constexpr const char* kManifest = "manifest.json";
constexpr const char* kInstalled = "installed.json";

std::optional<std::uint64_t> number_of(const std::string& name) {
  std::uint64_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || stopped != end || fmt::to_string(number) != name) return std::nullopt;
  return number;
}

/// Renames unless it was done before.
void take(fs::FileSystem& disk, const fs::Path& from, const fs::Path& to) {
  if (disk.stat(from)) disk.rename(from, to);
}

std::optional<Blake2b> digest_in(const std::string& name) {
  try {
    return Blake2b::from_hex(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

fs::Path KeptReleases::place(std::uint64_t number) const {
  return folder_ / fmt::to_string(number);
}

std::vector<std::uint64_t> KeptReleases::numbers() const {
  std::vector<std::uint64_t> found;
  if (!disk_.stat(folder_)) return found;
  for (const fs::Path& name : disk_.list(folder_)) {
    if (const auto number = number_of(fs::to_utf8(name))) found.push_back(*number);
  }
  std::ranges::sort(found, std::greater());
  return found;
}

// One that is not finished is this commit's: the next one begins only after this one's end.
fs::Path KeptReleases::open_folder() {
  const auto known = numbers();
  const std::uint64_t last = known.empty() ? 0 : known.front();
  const bool is_unfinished = !known.empty() && !disk_.stat(place(last) / kInstalled);
  const fs::Path folder = place(is_unfinished ? last : last + 1);
  fs::make_directories(disk_, folder);
  const fs::Path files = folder / kFiles;
  if (!disk_.stat(files)) disk_.make_directory(files, layout_.closed_mode(disk_));
  return folder;
}

fs::Path KeptReleases::backup(const Operation& operation) const {
  return layout_.backup() / fmt::to_string(operation.number);
}

fs::Path KeptReleases::backup_of(const Journal& journal, const fs::Path& file) const {
  const std::string path = fs::to_utf8(file.lexically_relative(layout_.root));
  const auto found = std::ranges::find(journal.operations, path, &Operation::path);
  return found == journal.operations.end() ? layout_.backup() / "none" : backup(*found);
}

void KeptReleases::give_up(const Journal& journal) {
  fs::remove_file_if_there(disk_, backup_of(journal, layout_.installed()));
  if (disk_.stat(layout_.backup())) disk_.sync_directory(layout_.backup());
}

void KeptReleases::take_over(const Journal& journal) {
  const auto left = load_installed(disk_, backup_of(journal, layout_.installed()));
  const auto present = load_installed(disk_, layout_);
  // Nothing was installed before, or the same files; or all of this is done already.
  if (!left || !present || left->tree == present->tree) return;
  const fs::Path folder = open_folder();
  for (const Operation& operation : journal.operations) {
    if (!operation.old_digest || !is_as_it_was(operation)) continue;
    take(disk_, backup(operation), folder / kFiles / operation.old_digest->hex());
  }
  take(disk_, backup_of(journal, layout_.manifest()), folder / kManifest);
  for (const fs::Path& changed : {folder / kFiles, folder, folder_, layout_.state()}) {
    disk_.sync_directory(changed);
  }
  // Last: with it the release counts as kept.
  take(disk_, backup_of(journal, layout_.installed()), folder / kInstalled);
  disk_.sync_directory(folder);
}

// A program that had the file open may have written it after it was looked at.
bool KeptReleases::is_as_it_was(const Operation& operation) const {
  const fs::Path file = backup(operation);
  const auto found = disk_.stat(file);
  if (!found || found->kind != fs::Kind::file) return false;
  return look_at(disk_, file) == operation.seen ||
         tree::hash_file(disk_, file) == *operation.old_digest;
}

std::vector<KeptRelease> KeptReleases::list() const {
  std::vector<KeptRelease> releases;
  for (const std::uint64_t number : numbers()) {
    try {
      auto installed = load_installed(disk_, place(number) / kInstalled);
      if (installed) releases.push_back({number, std::move(*installed)});
    } catch (const Error&) {
      // Damaged: nobody goes back to it.
    }
  }
  return releases;
}

Bytes KeptReleases::manifest(const KeptRelease& release) const {
  return fs::read_file(disk_, place(release.number) / kManifest, manifest::kMaxBytes);
}

void KeptReleases::add_to(ContentStore& contents) const {
  for (const std::uint64_t number : numbers()) {
    const fs::Path files = place(number) / kFiles;
    if (!disk_.stat(files)) continue;
    for (const fs::Path& name : disk_.list(files)) {
      const auto digest = digest_in(fs::to_utf8(name));
      if (!digest || contents.has(*digest)) continue;
      if (is_sound(files / name, *digest)) contents.add(*digest, files / name);
    }
  }
}

/// One that cannot be read is as good as damaged: the vendor has it still.
bool KeptReleases::is_sound(const fs::Path& file, const Blake2b& digest) const {
  try {
    const auto found = disk_.stat(file);
    return found && found->kind == fs::Kind::file && tree::hash_file(disk_, file) == digest;
  } catch (const Error& error) {
    if (error.code() != Code::io_failed && error.code() != Code::rights_denied) throw;
    return false;
  }
}

bool KeptReleases::add_sound(const std::set<Blake2b>& needed, ContentStore& contents) const {
  ContentStore kept(disk_, layout_);
  add_to(kept);
  for (const Blake2b& digest : needed) {
    if (contents.has(digest)) continue;
    if (!kept.has(digest) || tree::hash_file(disk_, kept.find(digest)) != digest) return false;
    contents.add(digest, kept.find(digest));
  }
  return true;
}

std::uint64_t KeptReleases::bytes_of(const KeptRelease& release) const {
  const fs::Path files = place(release.number) / kFiles;
  std::uint64_t bytes = 0;
  for (const fs::Path& name : disk_.list(files)) {
    const auto found = disk_.stat(files / name);
    if (found) bytes += found->size;
  }
  return bytes;
}

void KeptReleases::drop(std::uint64_t number) {
  // First what makes it count as kept.
  fs::remove_file_if_there(disk_, place(number) / kInstalled);
  fs::remove_tree(disk_, place(number));
}

void KeptReleases::prune(const KeepLimits& limits, const Blake2b& present) {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  bool is_full = false;
  for (const KeptRelease& release : list()) {
    if (release.installed.tree == present) {
      drop(release.number);
      continue;
    }
    bytes += bytes_of(release);
    is_full = is_full || ++count > limits.releases || bytes > limits.bytes;
    // Older releases need this one's files.
    if (is_full) drop(release.number);
  }
  for (const std::uint64_t number : numbers()) {
    if (!disk_.stat(place(number) / kInstalled)) drop(number);  // A stop left it unfinished.
  }
}

}  // namespace xppkg::install
