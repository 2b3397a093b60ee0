#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/entry.hpp"
#include "fs/file_system.hpp"

namespace xppkg::test {

/// One name of a tree that a test writes down.
struct Item {
  std::string path;
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0;
  std::string text;  ///< contents, or where a link points to
  bool config = false;
};
using Tree = std::vector<Item>;

/// A tree in plain words, one line a name; folders above are added with mode 755:
///   file bin/app 755 = contents        config etc/app.ini = contents
///   folder empty 555                   link current -> bin/app
Tree tree_of(std::string_view words);

/// Lays a tree into a folder, which is made if it is missing. Names that are there are replaced.
void lay(const Tree& tree, const fs::Path& folder);

/// Everything in a folder but the updater's own state: path -> what is there, in one line each.
using Picture = std::map<std::string, std::string>;
Picture picture_of(const fs::Path& folder, fs::FileSystem& disk = fs::native());
/// The differences of two pictures, for messages; empty if there are none.
std::string differences(const Picture& expected, const Picture& actual);

}  // namespace xppkg::test
