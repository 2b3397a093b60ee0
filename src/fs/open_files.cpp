#include "fs/open_files.hpp"

namespace xppkg::fs {
namespace {

constexpr std::size_t kMostOpen = 128;

}  // namespace

std::shared_ptr<const RandomReader> OpenFiles::get(const Path& path) {
  const std::lock_guard guard(mutex_);
  const auto known = open_.find(path);
  if (known != open_.end()) return known->second;
  if (open_.size() >= kMostOpen) open_.clear();
  return open_.emplace(path, disk_.open_read(path)).first->second;
}

}  // namespace xppkg::fs
