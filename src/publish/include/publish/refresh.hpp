#pragma once

#include "publish/repository.hpp"

namespace xppkg::publish {

struct RefreshOptions {
  bool snapshot = false;           ///< the snapshot too, however long it still lives
  std::vector<std::string> roles;  ///< targets or packages that are signed anew as they are
};

struct Refreshed {
  std::string role;
  std::uint64_t version = 0;
  trust::Time expires = 0;
};

/// Signs the timestamp anew so that clients go on accepting the repository, and the snapshot when
/// less than half of its life is left. Works after the date too. Takes the repository's lock.
/// Throws Error{trust_key, usage_passphrase, locked_other_run, repository_invalid,
/// notfound_package}.
std::vector<Refreshed> refresh_repository(fs::FileSystem& disk, const RepositoryLayout& layout,
                                          KeyRing& keys, const RefreshOptions& options,
                                          trust::Time now);

}  // namespace xppkg::publish
