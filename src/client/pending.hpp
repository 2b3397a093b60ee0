#pragma once

#include "install/layout.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::client {

/// An update that was put off because programs ran from the folder: DIR/.xppkg/pending.json. The
/// next start finishes it. Documented in manifests/FORMAT.md §8.14.
void save_pending(fs::FileSystem& disk, const install::Layout& layout,
                  const ReleaseSelector& wanted);
/// Empty for a missing or damaged file.
std::optional<ReleaseSelector> load_pending(fs::FileSystem& disk, const install::Layout& layout);
void forget_pending(fs::FileSystem& disk, const install::Layout& layout);

}  // namespace xppkg::client
