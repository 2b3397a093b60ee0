#pragma once

#include "install/layout.hpp"
#include "trust/moment.hpp"

namespace xppkg::client {

/// Rollback protection of a workstation, values that never decrease: DIR/.xppkg/floors.json.
/// Documented in manifests/FORMAT.md §7.
struct TrustedTime {
  trust::Time issued = 0;  ///< the newest time that accepted metadata was signed at; 0: none
};

/// A damaged or missing file is no trusted time: expiry and versions are still checked.
TrustedTime load_trusted_time(fs::FileSystem& disk, const install::Layout& layout);
void save_trusted_time(fs::FileSystem& disk, const install::Layout& layout,
                       const TrustedTime& trusted_time);

}  // namespace xppkg::client
