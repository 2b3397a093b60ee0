#pragma once

#include "fs/forwarding_file_system.hpp"

namespace xppkg::test {

/// The real disk, which below `root` takes names that differ in the case of ASCII letters for one,
/// as Windows and macOS do: a new name keeps its spelling, a replaced file the old one, and to
/// rename a name to itself in another spelling does nothing.
class CaseBlindFileSystem final : public fs::ForwardingFileSystem {
 public:
  explicit CaseBlindFileSystem(fs::Path root)
      : ForwardingFileSystem(fs::native()), root_(std::move(root)) {}

  std::optional<fs::Stat> stat(const fs::Path& path) override { return disk_.stat(real(path)); }
  std::vector<fs::Path> list(const fs::Path& folder) override { return disk_.list(real(folder)); }
  std::string read_link(const fs::Path& path) override { return disk_.read_link(real(path)); }
  std::unique_ptr<RandomReader> open_read(const fs::Path& path) override {
    return disk_.open_read(real(path));
  }
  std::unique_ptr<fs::WriteFile> create(const fs::Path& path, std::uint32_t mode) override {
    return disk_.create(real(path), mode);
  }
  std::unique_ptr<fs::WriteFile> append(const fs::Path& path) override {
    return disk_.append(real(path));
  }
  void make_symlink(const fs::Path& path, const std::string& target) override {
    disk_.make_symlink(real(path), target);
  }
  void make_directory(const fs::Path& path, std::uint32_t mode) override {
    disk_.make_directory(real(path), mode);
  }
  void set_mode(const fs::Path& path, std::uint32_t mode) override {
    disk_.set_mode(real(path), mode);
  }
  void rename(const fs::Path& from, const fs::Path& to) override {
    disk_.rename(real(from), real(to));
  }
  bool rename_to_free(const fs::Path& from, const fs::Path& to) override {
    return disk_.rename_to_free(real(from), real(to));
  }
  std::vector<std::string> inherit(const fs::Path& from, const fs::Path& to,
                                   std::uint32_t mode) override {
    return disk_.inherit(real(from), real(to), mode);
  }
  void link(const fs::Path& from, const fs::Path& to) override { disk_.link(real(from), real(to)); }
  void remove_file(const fs::Path& path) override { disk_.remove_file(real(path)); }
  void remove_directory(const fs::Path& path) override { disk_.remove_directory(real(path)); }
  void sync_file(const fs::Path& path) override { disk_.sync_file(real(path)); }
  void sync_directory(const fs::Path& folder) override { disk_.sync_directory(real(folder)); }

 private:
  /// The path as it is spelled on the disk, as far as it is there.
  [[nodiscard]] fs::Path real(const fs::Path& path) const;

  fs::Path root_;
};

}  // namespace xppkg::test
