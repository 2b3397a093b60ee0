#pragma once

#include <set>

#include "install/partial_package.hpp"
#include "releases.hpp"

namespace xppkg::test {

/// A release's full package as a client sees it that fetches single blocks of it.
class PackageInBlocks {
 public:
  PackageInBlocks(const manifest::Manifest& release, const fs::Path& package);

  /// The blocks that are read through it are noted in `read`.
  [[nodiscard]] install::PartialPackage open();

  manifest::Payload payload;
  std::vector<Bytes> blocks;
  std::set<std::size_t> read;

 private:
  const manifest::Manifest& release_;
};

/// The client's way of a repair: verify, repair, commit the release onto itself.
std::vector<Notice> repair(fs::FileSystem& disk, const install::Layout& layout,
                           const manifest::Manifest& release, PackageInBlocks& package);

}  // namespace xppkg::test
