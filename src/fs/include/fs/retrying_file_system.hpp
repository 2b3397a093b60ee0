#pragma once

#include "fs/forwarding_file_system.hpp"

namespace xppkg::fs {

/// Retries calls that fail with Error{use_busy}, with back-off: virus scanners hold files for
/// moments, and on Windows a file that a program has open cannot be replaced. The pauses double
/// from kFirstPause, kPauses of them, about three seconds in all. The last failure is thrown, with
/// the fact "held by" where the holder is known.
class RetryingFileSystem : public ForwardingFileSystem {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{50};
  static constexpr int kPauses = 6;

  using ForwardingFileSystem::ForwardingFileSystem;

  std::unique_ptr<RandomReader> open_read(const Path& path) override;
  std::unique_ptr<WriteFile> append(const Path& path) override;
  void truncate(const Path& path, std::uint64_t size) override;
  void set_mode(const Path& path, std::uint32_t mode) override;
  void rename(const Path& from, const Path& to) override;
  bool rename_to_free(const Path& from, const Path& to) override;
  bool exchange(const Path& from, const Path& to) override;
  void link(const Path& from, const Path& to) override;
  void remove_file(const Path& path) override;
  void remove_directory(const Path& path) override;

 private:
  template <typename Work>
  auto insist(const Work& work, const Path& path, const Path& other = {});
};

}  // namespace xppkg::fs
