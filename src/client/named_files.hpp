#pragma once

#include <memory>

#include "config.hpp"
#include "fs/forwarding_file_system.hpp"

namespace xppkg::client {

/// The writer of a configuration may have fewer rights than this run: in a shared folder, or the
/// caller of sudo. The run must not read a file for him that he could not read himself, nor pass it
/// on to a server or to other users. Throws Error{rights_unsafe_folder} where the configuration
/// names such a file.
void check_named_files(const install::Layout& layout, const Config& config);

/// The disk as sources in folders see it: the same for each file when it is opened.
class AuthorsDisk final : public fs::ForwardingFileSystem {
 public:
  /// All must outlive it.
  AuthorsDisk(fs::FileSystem& disk, const install::Layout& layout);
  std::unique_ptr<RandomReader> open_read(const fs::Path& path) override;

 private:
  const install::Layout& layout_;
  bool is_foreign_;
};

}  // namespace xppkg::client
