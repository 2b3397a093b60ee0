#pragma once

#include "publish/repository.hpp"

namespace xppkg::publish {

struct PrunedRelease {
  std::string version;
  std::string platform;
  bool is_step = false;  ///< a kept chain leads through it: its manifest stays, in no channel
};

struct PrunedDelta {
  std::string from;
  std::string to;
  std::string platform;
};

/// A package's role after pruning.
struct PrunedRole {
  trust::Targets role;
  std::vector<PrunedRelease> releases;  ///< that are offered no more
  std::vector<PrunedDelta> deltas;      ///< that are gone

  [[nodiscard]] bool changes() const { return !releases.empty() || !deltas.empty(); }
};

/// Keeps the newest `keep` releases of each platform and channel, and all that the cheapest way
/// from any of them to any other takes: deltas, and the manifests of the releases between. Deltas
/// from withdrawn releases to kept ones stay. Throws Error{usage_invalid} for 0, and
/// Error{internal} if a way became dearer: then nothing may be published.
PrunedRole prune_role(const std::string& package, const trust::Targets& role, std::size_t keep);

struct PruneOptions {
  std::string package;
  std::size_t keep = 0;
  bool dry_run = false;
};

struct RemovedFile {
  std::string path;  ///< below the repository, with "/"
  std::uint64_t bytes = 0;
};

struct PruneResult {
  std::vector<PrunedRelease> releases;
  std::vector<PrunedDelta> deltas;
  std::vector<RemovedFile> files;
  std::uint64_t bytes = 0;  ///< of all these files

  [[nodiscard]] bool changed() const {
    return !releases.empty() || !deltas.empty() || !files.empty();
  }
};

/// Prunes a package, and removes files in targets that no metadata lists and metadata that is older
/// than the last ten versions of its role; never a root. New metadata first, timestamp.json last,
/// then the files: what a killed run leaves over, the next one removes. `keys` may be null for a
/// dry run, which tells the same and changes nothing. Throws Error{notfound_package,
/// locked_other_run, usage_*, trust_*, internal}.
PruneResult prune_package(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing* keys,
                          const PruneOptions& options, trust::Time now);

}  // namespace xppkg::publish
