#pragma once

#include <memory>

#include "config.hpp"
#include "fs/forwarding_file_system.hpp"

namespace xppkg::client {

/// A configuration may have been written by somebody who may read less than this run: in a shared
/// folder, or by the caller of sudo. It must not make the run read for him, and give to a server or
/// to the other users, what he could not read himself. Throws Error{rights_unsafe_folder} where a
/// file that the configuration names is such a one.
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
