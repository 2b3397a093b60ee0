#include "fs/open_files.hpp"

namespace xppkg::fs {
namespace {

constexpr std::size_t kMostOpen = 128;

}  // namespace

const RandomReader& OpenFiles::get(const Path& path) {
  const auto known = open_.find(path);
  if (known != open_.end()) return *known->second;
  if (open_.size() >= kMostOpen) open_.clear();
  return *open_.emplace(path, disk_.open_read(path)).first->second;
}

}  // namespace xppkg::fs
