#pragma once

#include "base/entry.hpp"

namespace xppkg::delta {

// Which files of two trees take part in a delta from one to the other, as their places in the
// entries. By extension and then by path, each content once: like stands beside like, which the
// compressor's window rewards.

/// All files of a tree: what its full package holds.
std::vector<std::size_t> all_files(const Entries& entries);
/// The files of `target` whose contents `base` does not have.
std::vector<std::size_t> changed_files(const Entries& base, const Entries& target);
struct BaseFile {
  std::size_t index = 0;      ///< in the entries
  bool is_unchanged = false;  ///< `target` has it too, wherever
};
/// The files of `base` that the changed ones are made from.
std::vector<BaseFile> base_files(const Entries& base, const Entries& target);

}  // namespace xppkg::delta
