#pragma once

#include <map>
#include <optional>
#include <set>

#include "fs/forwarding_file_system.hpp"

namespace xppkg::test {

/// The real disk with the rights that a test says.
class Rights final : public fs::ForwardingFileSystem {
 public:
  Rights() : ForwardingFileSystem(fs::native()) {}

  std::optional<fs::Stat> stat(const fs::Path& path) override {
    auto found = disk_.stat(path);
    if (!found) return found;
    found->owner = fs::Owner::trusted;
    found->others_may_write = writable.contains(path);
    if (const auto of = owners.find(path); of != owners.end()) found->owner = of->second;
    if (sticky.contains(path)) found->mode |= 01000;
    return found;
  }
  bool is_owners_group(const fs::Path& path) override { return private_group.contains(path); }

  std::map<fs::Path, fs::Owner> owners;
  std::set<fs::Path> writable;
  std::set<fs::Path> sticky;
  std::set<fs::Path> private_group;
};

}  // namespace xppkg::test
