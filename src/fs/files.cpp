#include "fs/files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fs/system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fs {

std::string FileSystem::owner(const Path& /*path*/) {
  return {};
}

bool FileSystem::is_owners_group(const Path& /*path*/) {
  return false;
}

std::vector<std::string> FileSystem::inherit(const Path& /*from*/, const Path& to,
                                             std::uint32_t mode) {
  set_mode(to, mode);
  return {};
}

bool FileSystem::rename_to_free(const Path& from, const Path& to) {
  if (stat(to)) return false;
  rename(from, to);
  return true;
}

bool FileSystem::exchange(const Path& /*from*/, const Path& /*to*/) {
  return false;
}

Path join(const Path& root, const RelPath& relative) {
  return root / from_utf8(relative.text());
}

Path from_utf8(std::string_view text) {
  return Path(std::u8string_view(reinterpret_cast<const char8_t*>(text.data()), text.size()));
}

std::string to_utf8(const Path& path) {
  const std::u8string text = path.generic_u8string();
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

Bytes read_file(FileSystem& disk, const Path& path, std::uint64_t limit) {
  return read_file(*disk.open_read(path), path, limit);
}

Bytes read_file(const RandomReader& file, const Path& path, std::uint64_t limit) {
  if (file.size() > limit) {
    throw Error(Code::limit_exceeded, {{"path", to_utf8(path)},
                                       {"bytes", fmt::to_string(file.size())},
                                       {"limit", fmt::to_string(limit)}});
  }
  Bytes bytes(file.size());
  file.read_at(0, bytes);
  return bytes;
}

Bytes read_given_file(FileSystem& disk, const std::string& path, std::uint64_t limit) {
  return read_file(disk, real_path(from_utf8(path)), limit);
}

std::optional<Bytes> read_file_if_there(FileSystem& disk, const Path& path, std::uint64_t limit) {
  if (!disk.stat(path)) return std::nullopt;
  return read_file(disk, path, limit);
}

void write_file_atomically(FileSystem& disk, const Path& path, ByteView bytes, std::uint32_t mode) {
  Path new_path = path;
  new_path += ".new";
  remove_file_if_there(disk, new_path);
  const auto file = disk.create(new_path, mode);
  file->write(bytes);
  file->sync();
  disk.rename(new_path, path);
  disk.sync_directory(path.parent_path());
}

void make_directories(FileSystem& disk, const Path& folder) {
  if (folder.empty() || disk.stat(folder)) return;
  make_directories(disk, folder.parent_path());
  disk.make_directory(folder, 0755);
}

void remove_tree(FileSystem& disk, const Path& path) {
  const auto found = disk.stat(path);
  if (!found) return;
  if (found->kind != Kind::directory) return disk.remove_file(path);
  if ((found->mode & 0700) != 0700) disk.set_mode(path, 0700);
  for (const Path& name : disk.list(path)) remove_tree(disk, path / name);
  disk.remove_directory(path);
}

void remove_file_if_there(FileSystem& disk, const Path& path) {
  if (disk.stat(path)) disk.remove_file(path);
}

std::string to_text(const std::vector<Holder>& holders) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(holders.size(), kMost); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{} (pid {})", holders[i].program, holders[i].pid);
  }
  if (holders.size() > kMost) text += ", …";
  return text;
}

Error with_holders(Error error, FileSystem& disk, const Path& file) {
  const std::string names = to_text(disk.holders(file));
  if (!names.empty()) error.with("held by", names);
  return error;
}

void for_each_piece(const RandomReader& reader, const std::function<void(ByteView)>& take) {
  constexpr std::uint64_t kPiece = 256 * 1024;
  Bytes buffer(std::min(kPiece, reader.size()));
  for (std::uint64_t at = 0; at < reader.size(); at += buffer.size()) {
    buffer.resize(std::min(kPiece, reader.size() - at));
    reader.read_at(at, buffer);
    take(buffer);
  }
}

}  // namespace xppkg::fs
