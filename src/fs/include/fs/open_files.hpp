#pragma once

#include <map>
#include <mutex>

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// Files that are opened when they are first read, and at most 128 of them at a time: a delta may
/// name more old files than a process may have open. For use from several threads.
class OpenFiles {
 public:
  explicit OpenFiles(FileSystem& disk) : disk_(disk) {}

  /// Stays open as long as somebody holds it, beside the 128.
  std::shared_ptr<const RandomReader> get(const Path& path);

 private:
  FileSystem& disk_;
  std::mutex mutex_;
  std::map<Path, std::shared_ptr<const RandomReader>> open_;
};

/// A file whose size is known and that is opened when it is read.
class LateFile final : public RandomReader {
 public:
  /// `files` must outlive this.
  LateFile(OpenFiles& files, Path path, std::uint64_t size)
      : files_(files), path_(std::move(path)), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    files_.get(path_)->read_at(offset, out);
  }

 private:
  OpenFiles& files_;
  Path path_;
  std::uint64_t size_;
};

}  // namespace xppkg::fs
