#pragma once

#include <set>
#include <span>

#include "session.hpp"

namespace xppkg::client {

/// The space on the folder's disk that one of these takes until the old release is removed. Old
/// files are kept by hard links, which cost nothing.
struct DiskNeed {
  std::uint64_t bytes = 0;  ///< of downloads, decoded files, copies and our own state
  std::uint64_t files = 0;  ///< and folders and links
};

/// The state that an update, a repair or a rollback begins with.
struct Beginning {
  const manifest::Manifest* base = nullptr;  ///< the installed release; null: none
  const install::Verified* found = nullptr;  ///< the verification of its folder; null: sound
  std::set<Blake2b> lost;                    ///< contents that it lacks
  bool repairs = false;                      ///< what is lost is decoded first
};

/// `made` are the releases on the way, the wanted one last; `download` is in bytes.
DiskNeed disk_need(const Beginning& beginning, std::span<const SignedManifest> targets,
                   std::uint64_t download);

/// Throws Error{space_insufficient} with how much is needed, free and missing, in bytes or in
/// files.
void check_space(fs::FileSystem& disk, const install::Layout& layout, const DiskNeed& need);

}  // namespace xppkg::client
