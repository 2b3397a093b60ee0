#pragma once

#include <memory>

#include "config.hpp"
#include "fs/forwarding_file_system.hpp"

namespace xppkg::client {

/// The writer of a configuration may have fewer rights than this run: in a shared folder, or the
/// caller of sudo. The run must not read a file for him that he could not read himself, nor pass it
/// on to a server or to other users. Throws Error{rights_unsafe_folder} where the configuration
/// names such a file.
void check_named_files(const Config& config);

/// The disk as sources in folders see it, and what reads passwords: the same of each file that is
/// opened, which need not be the one that had its name when the configuration was judged.
class AuthorsDisk final : public fs::ForwardingFileSystem {
 public:
  /// The disk must outlive it.
  AuthorsDisk(fs::FileSystem& disk, fs::Authors authors)
      : ForwardingFileSystem(disk), authors_(std::move(authors)) {}
  std::unique_ptr<RandomReader> open_read(const fs::Path& path) override;

 private:
  fs::Authors authors_;
};

}  // namespace xppkg::client
