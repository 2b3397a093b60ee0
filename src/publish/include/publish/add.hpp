#pragma once

#include "publish/repository.hpp"

namespace xppkg::publish {

struct AddOptions {
  std::string package;
  std::string version;
  std::string platform = "any";
  std::string channel = "stable";
  std::string notes;                 ///< what is new; plain text
  std::vector<std::string> configs;  ///< patterns of files that their user may change
  /// Patterns of files that are published although they hold a secret key: keys for tests.
  std::vector<std::string> allowed_keys;
  std::vector<fs::Path> secret_files;  ///< absolute; never to be published, whatever they hold
  std::size_t deltas = 3;              ///< at most so many deltas to this release
  int level = 19;                      ///< of zstd
};

struct AddedDelta {
  std::string from;
  std::uint64_t bytes = 0;
  bool kept = false;  ///< false: over 80 % of the full package, so not worth its place
};

struct AddResult {
  bool changed = false;  ///< false: the same release was published already
  std::uint64_t files = 0;
  std::uint64_t tree_bytes = 0;
  std::uint64_t full_bytes = 0;
  std::vector<AddedDelta> deltas;
};

/// Publishes a tree as a release: scan -> manifest -> full package -> deltas -> prove -> sign ->
/// metadata -> publish, timestamp.json last. Every new delta, and the full package, is applied in a
/// clean folder by the client's own code and compared before anything is signed. A killed run
/// leaves the published repository as it was; the next one reuses the payloads that were finished.
/// Takes the repository's lock. Throws Error{tree_unsafe_*, tree_secret, tree_repository,
/// tree_empty, release_exists, release_not_proved,
/// locked_other_run, usage_*, trust_*}.
AddResult add_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                      const fs::Path& tree, const AddOptions& options, trust::Time now,
                      Observer& observer);

/// Which earlier releases get a delta to the release at `index` of the ascending list: the one
/// before, then where jump pointers lead, so that a chain over n releases has O(log n) steps.
std::vector<std::size_t> delta_bases(std::size_t index, std::size_t most);

}  // namespace xppkg::publish
