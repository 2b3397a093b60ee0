#pragma once

#include <set>
#include <vector>

#include "install/journal.hpp"
#include "install/staging.hpp"
#include "install/state.hpp"

namespace xppkg::install {

/// How much of earlier releases is kept. The limit that is reached first counts.
struct KeepLimits {
  std::uint64_t releases = 1;  ///< 0: none
  std::uint64_t bytes = 0;     ///< of their files that the present release does not have
};

/// A release that was installed here before.
struct KeptRelease {
  std::uint64_t number = 0;  ///< names its folder; the one that was left last has the highest
  Installed installed;       ///< as it was
};

/// Earlier releases, so that one can go back without a download: DIR/.xppkg/kept/NUMBER holds what
/// told of the release, and those of its files that the release after it replaced or removed. All
/// its other files are in the folder, or were kept when a later release was left. So the oldest can
/// always be dropped, and never one in between (manifests/FORMAT.md §8.8).
class KeptReleases {
 public:
  KeptReleases(fs::FileSystem& disk, const Layout& layout)
      : disk_(disk), folder_(layout.kept()), layout_(layout) {}

  /// Moves what a finished commit has in its backup. Can be called again after a stop anywhere.
  void take_over(const Journal& journal);

  /// After take_over failed: the files it moved will never count as a kept release, whatever is
  /// cleared away from now on.
  void give_up(const Journal& journal);

  /// From the one that was left last on.
  [[nodiscard]] std::vector<KeptRelease> list() const;
  /// The signed manifest, byte for byte, not verified yet.
  [[nodiscard]] Bytes manifest(const KeptRelease& release) const;
  /// Names all kept files whose contents have the digest of their name; a caller who copies one
  /// hashes it again.
  void add_to(ContentStore& contents) const;
  /// Adds the kept files that have these contents, each hashed, unless `contents` has them anyway.
  /// False: some are nowhere, or damaged.
  [[nodiscard]] bool add_sound(const std::set<Blake2b>& needed, ContentStore& contents) const;

  /// Drops the oldest until the limits hold, and all of `present`, whose files are in the folder.
  void prune(const KeepLimits& limits, const Blake2b& present);

 private:
  [[nodiscard]] fs::Path place(std::uint64_t number) const;
  /// Numbers of all folders, finished or not, from the highest on.
  [[nodiscard]] std::vector<std::uint64_t> numbers() const;
  [[nodiscard]] fs::Path open_folder();
  void drop(std::uint64_t number);
  [[nodiscard]] fs::Path backup(const Operation& operation) const;
  [[nodiscard]] bool is_as_it_was(const Operation& operation) const;
  [[nodiscard]] fs::Path backup_of(const Journal& journal, const fs::Path& file) const;
  [[nodiscard]] bool is_sound(const fs::Path& file, const Blake2b& digest) const;
  [[nodiscard]] std::uint64_t bytes_of(const KeptRelease& release) const;

  fs::FileSystem& disk_;
  fs::Path folder_;
  const Layout& layout_;
};

}  // namespace xppkg::install
