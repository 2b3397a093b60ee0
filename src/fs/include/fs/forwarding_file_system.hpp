#pragma once

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// Passes each call on to another file system, for those that change a few of them. The other one
/// must outlive this.
class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& disk) : disk_(disk) {}

  std::optional<Stat> stat(const Path& path) override { return disk_.stat(path); }
  std::vector<Path> list(const Path& folder) override { return disk_.list(folder); }
  std::string read_link(const Path& path) override { return disk_.read_link(path); }
  std::unique_ptr<RandomReader> open_read(const Path& path) override {
    return disk_.open_read(path);
  }
  std::unique_ptr<WriteFile> create(const Path& path, std::uint32_t mode) override {
    return disk_.create(path, mode);
  }
  std::unique_ptr<WriteFile> append(const Path& path) override { return disk_.append(path); }
  void truncate(const Path& path, std::uint64_t size) override { disk_.truncate(path, size); }
  void make_symlink(const Path& path, const std::string& target) override {
    disk_.make_symlink(path, target);
  }
  void make_directory(const Path& path, std::uint32_t mode) override {
    disk_.make_directory(path, mode);
  }
  void set_mode(const Path& path, std::uint32_t mode) override { disk_.set_mode(path, mode); }
  std::vector<std::string> inherit(const Path& from, const Path& to, std::uint32_t mode) override {
    return disk_.inherit(from, to, mode);
  }
  void rename(const Path& from, const Path& to) override { disk_.rename(from, to); }
  bool rename_to_free(const Path& from, const Path& to) override {
    return disk_.rename_to_free(from, to);
  }
  bool exchange(const Path& from, const Path& to) override { return disk_.exchange(from, to); }
  void link(const Path& from, const Path& to) override { disk_.link(from, to); }
  void remove_file(const Path& path) override { disk_.remove_file(path); }
  void remove_directory(const Path& path) override { disk_.remove_directory(path); }
  void sync_file(const Path& path) override { disk_.sync_file(path); }
  void sync_directory(const Path& folder) override { disk_.sync_directory(folder); }
  Space space(const Path& path) override { return disk_.space(path); }
  VolumeLimits limits(const Path& folder) override { return disk_.limits(folder); }
  bool may_write(const Path& folder) override { return disk_.may_write(folder); }
  bool is_owners_group(const Path& path) override { return disk_.is_owners_group(path); }
  std::string owner(const Path& path) override { return disk_.owner(path); }
  std::unique_ptr<Lock> try_lock(const Path& file) override { return disk_.try_lock(file); }
  std::unique_ptr<Lock> try_share_lock(const Path& file) override {
    return disk_.try_share_lock(file);
  }
  std::vector<Holder> holders(const Path& path) override { return disk_.holders(path); }
  void pause(std::chrono::milliseconds time) override { disk_.pause(time); }

 protected:
  FileSystem& disk_;
};

}  // namespace xppkg::fs
