#include "fs/retrying_file_system.hpp"

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fs {

template <typename Work>
auto RetryingFileSystem::insist(const Work& work, const Path& path, const Path& other) {
  auto time = kFirstPause;
  for (int pauses = 0;; ++pauses, time *= 2) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.code() != Code::use_busy) throw;
      if (pauses == kPauses) {
        const bool is_other = !other.empty() && disk_.holders(path).empty();
        throw with_holders(error, disk_, is_other ? other : path);
      }
    }
    disk_.pause(time);
  }
}

std::unique_ptr<RandomReader> RetryingFileSystem::open_read(const Path& path) {
  return insist([&] { return disk_.open_read(path); }, path);
}
std::unique_ptr<WriteFile> RetryingFileSystem::append(const Path& path) {
  return insist([&] { return disk_.append(path); }, path);
}
void RetryingFileSystem::truncate(const Path& path, std::uint64_t size) {
  insist([&] { disk_.truncate(path, size); }, path);
}
void RetryingFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  insist([&] { disk_.set_mode(path, mode); }, path);
}
void RetryingFileSystem::rename(const Path& from, const Path& to) {
  insist([&] { disk_.rename(from, to); }, to, from);
}
bool RetryingFileSystem::rename_to_free(const Path& from, const Path& to) {
  return insist([&] { return disk_.rename_to_free(from, to); }, from, to);
}
bool RetryingFileSystem::exchange(const Path& from, const Path& to) {
  return insist([&] { return disk_.exchange(from, to); }, to, from);
}
void RetryingFileSystem::link(const Path& from, const Path& to) {
  insist([&] { disk_.link(from, to); }, from);
}
void RetryingFileSystem::remove_file(const Path& path) {
  insist([&] { disk_.remove_file(path); }, path);
}
void RetryingFileSystem::remove_directory(const Path& path) {
  insist([&] { disk_.remove_directory(path); }, path);
}

}  // namespace xppkg::fs
