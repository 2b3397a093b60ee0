#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/entry.hpp"
#include "install/layout.hpp"

namespace xppkg::install {

/// How names stand in an installed folder, on a disk that may take "readme" and "README" for one.
/// Lists each folder once: nothing may change while an object lives.
class Spelling {
 public:
  Spelling(fs::FileSystem& disk, const Layout& layout) : disk_(disk), layout_(layout) {}

  /// The spelling in its folder of the last name of an existing path, if it differs.
  std::optional<std::string> other_name(const RelPath& path);
  /// True if two paths with the same collision key are one on this disk.
  bool is_one(const RelPath& a, const RelPath& b);

 private:
  const std::set<std::string>& names_in(const std::string& folder);

  fs::FileSystem& disk_;
  const Layout& layout_;
  std::map<std::string, std::set<std::string>> names_;
};

/// Finds the entry of a release whose path may be one with another path.
class FoldedEntries {
 public:
  /// The entries must outlive this.
  explicit FoldedEntries(const Entries& entries);
  /// Null: none has the same collision key.
  [[nodiscard]] const Entry* find(const RelPath& path) const;

 private:
  std::map<std::string, const Entry*> entries_;
};

}  // namespace xppkg::install
