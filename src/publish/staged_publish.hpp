#pragma once

#include <utility>
#include <vector>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// The list of files of a staged publish: once it is written, the publish is decided.
fs::Path staged_list(const RepositoryLayout& layout);

/// Metadata files that belong together, and come into the repository one after the other. They are
/// written to the work folder with a list of their places; from then on a run that is killed is
/// finished by the next one. Source: manifests/REPOSITORY.md §7.
class StagedPublish {
 public:
  StagedPublish(fs::FileSystem& disk, const RepositoryLayout& layout)
      : disk_(disk), layout_(layout) {}

  /// The order of the calls is that of the files.
  void put(fs::Path place, Bytes bytes);
  /// The bytes put at a place; null if there are none.
  [[nodiscard]] const Bytes* find(const fs::Path& place) const;
  /// Takes the repository's lock as given. On failure either nothing was decided, and the
  /// repository is the old one, or the next run finishes.
  void publish();

 private:
  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  std::vector<std::pair<fs::Path, Bytes>> files_;
};

/// Finishes a staged publish that was broken off after it was decided. False: there was none. The
/// caller holds the lock.
bool finish_staged_publish(fs::FileSystem& disk, const RepositoryLayout& layout);

}  // namespace xppkg::publish
