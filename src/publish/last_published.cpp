#include "last_published.hpp"

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr const char* kRoot = "root.json";
constexpr const char* kTimestamp = "timestamp.json";
constexpr const char* kSnapshot = "snapshot.json";

fs::Path folder_of(const fs::Path& keys) {
  return keys / "published";
}

/// Nothing is known without a folder of keys, as where a device signs.
std::optional<Bytes> load(fs::FileSystem& disk, const fs::Path& keys, const char* name,
                          std::uint64_t limit) {
  if (keys.empty()) return std::nullopt;
  try {
    return fs::read_file_if_there(disk, folder_of(keys) / name, limit);
  } catch (const Error& error) {
    if (error.code() != Code::limit_exceeded) throw;
    throw damaged_memory(name, error).with("published last", fs::to_utf8(folder_of(keys)));
  }
}

void save(fs::FileSystem& disk, const fs::Path& keys, const char* name, ByteView bytes) {
  if (!disk.stat(folder_of(keys))) {
    fs::make_directories(disk, keys);
    disk.make_directory(folder_of(keys), 0700);
  }
  fs::write_file_atomically(disk, folder_of(keys) / name, bytes, 0600);
}

bool may_write(fs::FileSystem& disk, const fs::Path& keys) {
  if (keys.empty()) return false;
  const fs::Path folder = disk.stat(folder_of(keys)) ? folder_of(keys) : keys;
  return !disk.stat(folder) || disk.may_write(folder);
}

}  // namespace

std::optional<LastPublished> load_last_published(fs::FileSystem& disk, const fs::Path& keys) {
  auto root = load(disk, keys, kRoot, trust::Limits::root);
  auto timestamp = load(disk, keys, kTimestamp, trust::Limits::timestamp);
  auto snapshot = load(disk, keys, kSnapshot, trust::Limits::snapshot);
  if (!root || !timestamp || !snapshot) return std::nullopt;
  return LastPublished{std::move(*root), std::move(*timestamp), std::move(*snapshot)};
}

void save_last_published(fs::FileSystem& disk, const fs::Path& keys, const LastPublished& last) {
  if (!may_write(disk, keys)) return;
  // The root last: a run that is killed before it leaves an old one, by which a reader sees that
  // keys were rotated since, and what the new keys signed is then not measured by the old ones.
  save(disk, keys, kSnapshot, last.snapshot);
  save(disk, keys, kTimestamp, last.timestamp);
  save(disk, keys, kRoot, last.root);
  fs::remove_file_if_there(disk, keys / kUnfinishedInit);
}

void remove_last_published(fs::FileSystem& disk, const fs::Path& keys) {
  const fs::Path folder = folder_of(keys);
  for (const char* name : {kRoot, kTimestamp, kSnapshot}) {
    fs::remove_file_if_there(disk, folder / name);
    fs::remove_file_if_there(disk, fs::Path(folder / name) += ".new");
  }
  if (disk.stat(folder) && disk.list(folder).empty()) disk.remove_directory(folder);
}

Error damaged_memory(const char* file, const Error& cause) {
  return Error(Code::corrupt_published, {{"file", file}, {"cause", cause.what()}});
}

bool remembers_repository(fs::FileSystem& disk, const fs::Path& keys) {
  return load_last_published(disk, keys).has_value();
}

std::optional<Bytes> load_known_root(fs::FileSystem& disk, const fs::Path& keys) {
  return load(disk, keys, kRoot, trust::Limits::root);
}

void save_known_root(fs::FileSystem& disk, const fs::Path& keys, ByteView root) {
  if (may_write(disk, keys) && !remembers_repository(disk, keys)) save(disk, keys, kRoot, root);
}

Published read_to_sign(fs::FileSystem& disk, const RepositoryLayout& layout, const KeyRing& keys) {
  const auto last = load_last_published(disk, keys.folder());
  ReadOptions read_options;
  read_options.expiry = Expiry::ignored;
  if (last) read_options.last = &*last;
  try {
    return read_repository(disk, layout, 0, read_options);
  } catch (Error& error) {
    if (!last) throw;
    error.with("published last", fs::to_utf8(folder_of(keys.folder())));
    if (error.code() == Code::corrupt_published) throw;
    throw error.with("help",
                     "manifests/TRUST.md, section 5: when the repository is not as it was left");
  }
}

}  // namespace xppkg::publish
