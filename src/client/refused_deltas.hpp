#pragma once

#include <set>
#include <string>

#include "install/layout.hpp"
#include "manifest/catalogue.hpp"

namespace xppkg::client {

/// Deltas that failed on the contents they were made for: not tried a second time on this base, so
/// that a bad one never becomes an endless loop. Kept in DIR/.xppkg/refused.json.
class RefusedDeltas {
 public:
  RefusedDeltas(fs::FileSystem& disk, const install::Layout& layout);

  [[nodiscard]] bool contains(const manifest::Delta& delta) const;
  void add(const Blake2b& base, const Sha256& delta);

 private:
  fs::FileSystem& disk_;
  fs::Path file_;
  std::set<std::string> keys_;
};

}  // namespace xppkg::client
