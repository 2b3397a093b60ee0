#include "look.hpp"

#include <fmt/format.h>

namespace xppkg::install {

std::string look_at(fs::FileSystem& disk, const fs::Path& path) {
  const auto found = disk.stat(path);
  if (!found) return {};
  switch (found->kind) {
    case fs::Kind::file:
      return fmt::format("file {} {}", found->size, found->modified_ns);
    case fs::Kind::directory:
      return "folder";
    case fs::Kind::symlink:
      return "link " + disk.read_link(path);
    case fs::Kind::other:
      return "other";
  }
  return {};
}

}  // namespace xppkg::install
