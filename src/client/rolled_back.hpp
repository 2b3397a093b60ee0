#pragma once

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "install/layout.hpp"

namespace xppkg::client {

/// The release that a rollback left, and the decision that had asked for it: an update does not
/// return to it unless told. DIR/.xppkg/rolled-back.json.
struct RolledBack {
  std::string version;
  Blake2b tree;
  std::uint64_t decision = 0;  ///< 0: none
};

/// A file that is missing or damaged is none.
std::optional<RolledBack> load_rolled_back(fs::FileSystem& disk, const install::Layout& layout);
void save_rolled_back(fs::FileSystem& disk, const install::Layout& layout,
                      const RolledBack& release);
/// If it is this one: somebody has gone to it again.
void forget_rolled_back(fs::FileSystem& disk, const install::Layout& layout, const Blake2b& tree);

}  // namespace xppkg::client
