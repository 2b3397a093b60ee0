#pragma once

#include <cstddef>
#include <limits>
#include <optional>

#include "fs/file_system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {

/// The process is gone. No error of the project, so that nothing catches it on the way.
struct Stopped {};

/// The real file system, seen by a process that ends before its N-th change of the disk, or whose
/// N-th change fails once. A call of two steps counts as two: a folder or file that is made and
/// then gets its mode. A stopped write leaves half of its bytes. Nothing is made durable, which a
/// process that ends does not notice and which saves the time.
class StoppingFileSystem final : public fs::FileSystem {
 public:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  explicit StoppingFileSystem(std::size_t stop_at = kNever, fs::FileSystem& disk = fs::native())
      : disk_(disk), stop_at_(stop_at) {}
  /// Change `index` fails with `code`, and no other.
  void fail_once(std::size_t index, Code code);
  /// As on FAT and some shares: no file gets a second name.
  void have_no_links() { has_links_ = false; }

  [[nodiscard]] std::size_t changes() const { return count_; }

  std::optional<fs::Stat> stat(const fs::Path& path) override { return disk_.stat(path); }
  std::vector<fs::Path> list(const fs::Path& folder) override { return disk_.list(folder); }
  std::string read_link(const fs::Path& path) override { return disk_.read_link(path); }
  std::unique_ptr<RandomReader> open_read(const fs::Path& path) override {
    return disk_.open_read(path);
  }
  std::unique_ptr<fs::WriteFile> create(const fs::Path& path, std::uint32_t mode) override;
  std::unique_ptr<fs::WriteFile> append(const fs::Path& path) override;
  void truncate(const fs::Path& path, std::uint64_t size) override;
  void make_symlink(const fs::Path& path, const std::string& target) override;
  void make_directory(const fs::Path& path, std::uint32_t mode) override;
  void set_mode(const fs::Path& path, std::uint32_t mode) override;
  void rename(const fs::Path& from, const fs::Path& to) override;
  bool exchange(const fs::Path& from, const fs::Path& to) override;
  void link(const fs::Path& from, const fs::Path& to) override;
  void remove_file(const fs::Path& path) override;
  void remove_directory(const fs::Path& path) override;
  void sync_file(const fs::Path& path) override;
  void sync_directory(const fs::Path& folder) override;
  fs::Space space(const fs::Path& path) override { return disk_.space(path); }
  fs::VolumeLimits limits(const fs::Path& folder) override { return disk_.limits(folder); }
  bool may_write(const fs::Path& folder) override { return disk_.may_write(folder); }
  std::unique_ptr<fs::Lock> try_lock(const fs::Path& file) override { return disk_.try_lock(file); }
  std::unique_ptr<fs::Lock> try_share_lock(const fs::Path& file) override {
    return disk_.try_share_lock(file);
  }
  std::vector<fs::Holder> holders(const fs::Path& path) override { return disk_.holders(path); }
  void pause(std::chrono::milliseconds time) override { disk_.pause(time); }

 private:
  class File;
  /// Counts a change that is about to be made; throws Stopped, or the one failure.
  void change();

  fs::FileSystem& disk_;
  std::size_t stop_at_;
  std::size_t fail_at_ = kNever;
  Code failure_ = Code::io_failed;
  bool has_links_ = true;
  std::size_t count_ = 0;
};

}  // namespace xppkg::test
