#include "shared_disk.hpp"

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

/// New entries of the folder get its group, which may write them.
constexpr std::uint32_t kShared = 02020;

/// The group may do what the owner may.
std::uint32_t with_group(std::uint32_t mode) {
  return mode | (mode >> 3 & 070);
}

std::uint32_t shared_folder(std::uint32_t mode) {
  return mode | kShared;
}

bool is_below(const fs::Path& path, const fs::Path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

}  // namespace

bool is_shared(fs::FileSystem& disk, const install::Layout& layout) {
  const auto found = disk.stat(layout.root);
  return found && found->kind == fs::Kind::directory && (found->mode & kShared) == kShared;
}

/// State of updates, and not a file of a release that is about to get its name.
bool SharedDisk::is_state(const fs::Path& path) const {
  return is_below(path, layout_.state()) &&
         (path.parent_path() != layout_.new_files() || path == layout_.new_pristine());
}

std::optional<fs::Stat> SharedDisk::stat(const fs::Path& path) {
  auto found = disk_.stat(path);
  const bool is_releases = found && found->kind == fs::Kind::directory && path != layout_.root &&
                           !is_below(path, layout_.state());
  if (is_releases && (found->mode & kShared) == kShared) found->mode &= ~kShared;
  return found;
}

std::unique_ptr<fs::WriteFile> SharedDisk::create(const fs::Path& path, std::uint32_t mode) {
  return disk_.create(path, is_state(path) ? with_group(mode) : mode);
}

std::unique_ptr<fs::WriteFile> SharedDisk::append(const fs::Path& path) {
  make_if_missing(path, 0644);
  return disk_.append(path);
}

void SharedDisk::make_directory(const fs::Path& path, std::uint32_t mode) {
  const bool is_states = is_below(path, layout_.state());
  disk_.make_directory(path, shared_folder(is_states ? with_group(mode) : mode));
}

void SharedDisk::set_mode(const fs::Path& path, std::uint32_t mode) {
  const auto found = disk_.stat(path);
  const bool is_folder = found && found->kind == fs::Kind::directory;
  disk_.set_mode(path, is_folder ? shared_folder(mode) : mode);
}

std::unique_ptr<fs::Lock> SharedDisk::try_lock(const fs::Path& file) {
  make_if_missing(file, 0600);
  return disk_.try_lock(file);
}

void SharedDisk::make_if_missing(const fs::Path& path, std::uint32_t mode) {
  if (disk_.stat(path)) return;
  try {
    create(path, mode);
  } catch (const Error&) {
    // Somebody else has made it in this moment; or what comes next says why it cannot be.
  }
}

}  // namespace xppkg::client
