#pragma once

#include "publish/repository.hpp"

namespace xppkg::publish {

/// Which release of a package is meant.
struct ReleaseChoice {
  std::string package;
  std::string version;
  std::string platform;  ///< empty: all platforms of that version
};

/// A channel as the clients of one platform see it.
struct PlatformChannel {
  std::string channel;
  std::string platform;
};

/// The changes to the signed list of a package.
struct ReleaseChange {
  bool changed = false;                   ///< false: it was so already, and nothing was signed
  std::vector<ReleaseChoice> releases;    ///< that were meant, one for each platform
  std::vector<PlatformChannel> deserted;  ///< had a newest release before, and have none now
  std::uint64_t files = 0;                ///< that were removed from the disk
  std::uint64_t bytes = 0;                ///< of these files
};

/// The minimum version of a package before and after.
struct MinVersionChange {
  bool changed = false;
  std::string previous;  ///< empty: there was none
  std::string min_version;
  std::vector<PlatformChannel> deserted;  ///< offer nothing that is not below the minimum version
};

// Each call takes the repository's lock and signs by the package's role only. Until timestamp.json
// is renamed into place the published repository is the old one. They throw
// Error{notfound_package, notfound_version, locked_other_run, usage_*, trust_*}.
// Source: manifests/REPOSITORY.md §10.

/// The release joins the channel too, and leaves `leave` where that is not empty.
ReleaseChange promote_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                              const ReleaseChoice& choice, const std::string& channel,
                              const std::string& leave, trust::Time now);

/// The release is offered no more: its manifest, its full package and the deltas to it leave the
/// list, then the disk. Deltas from it stay for workstations that have it. Files that a killed run
/// has left of a withdrawn release are removed.
ReleaseChange withdraw_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                               const ReleaseChoice& choice, trust::Time now);

/// Sets the minimum version: clients go to no release below it. Refuses a minimum version above the
/// newest release, and a lower one than before unless `may_lower`.
MinVersionChange set_min_version(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 KeyRing& keys, const std::string& package,
                                 const std::string& version, bool may_lower, trust::Time now);

}  // namespace xppkg::publish
