#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/rel_path.hpp"
#include "xppkg/error.hpp"

namespace xppkg {

enum class EntryKind { file, directory, symlink };

/// One name of a tree. Fields that its kind does not have are zero or empty.
struct Entry {
  RelPath path;
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0;  ///< permission bits 0..0777; of files and folders
  std::uint64_t size = 0;  ///< bytes; of files
  Blake2b digest;          ///< of the contents; of files
  std::string target;      ///< of symbolic links
  bool config = false;     ///< a file that its user may change and that is then kept

  /// The same contents, mode and kind; the config mark does not count.
  [[nodiscard]] bool same_content(const Entry& other) const;
};

/// Sorted by the bytes of the paths, without doubles.
using Entries = std::vector<Entry>;

/// Sorts, and refuses entries that are not safe to lay on a disk: two names that one file system
/// takes for the same, an entry below something that is no folder, a link that leaves the tree, a
/// mode over 0777, the reserved name ".xppkg". Throws Error{tree_unsafe_name, tree_unsafe_entry}.
/// Source: manifests/FORMAT.md §4.
void sort_and_check(Entries& entries);

/// The identity of a tree's contents, whatever its version is called: BLAKE2b-256 over all entries.
/// Source: manifests/FORMAT.md §5.
Blake2b tree_digest(const Entries& entries);

/// The entry of that path, or null. `entries` must be sorted.
const Entry* find_entry(const Entries& entries, const RelPath& path);

}  // namespace xppkg
