#pragma once

#include <memory>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// Keeps a second writer out of the repository until it is destroyed, and finishes what a killed
/// run had decided to publish. A folder without a repository is not touched. Throws
/// Error{repository_invalid, locked_other_run}.
std::unique_ptr<fs::Lock> lock_repository(fs::FileSystem& disk, const RepositoryLayout& layout);

/// The same, and whether there was something to finish.
struct HeldRepository {
  std::unique_ptr<fs::Lock> lock;
  bool finished_other_run = false;
};
HeldRepository hold_repository(fs::FileSystem& disk, const RepositoryLayout& layout);

}  // namespace xppkg::publish
