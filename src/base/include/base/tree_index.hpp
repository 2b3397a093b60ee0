#pragma once

#include "base/bytes.hpp"
#include "base/entry.hpp"

namespace xppkg {

/// The one form of a tree's entries as bytes, whose BLAKE2b-256 is the tree's digest. `entries`
/// must be sorted. Source: manifests/FORMAT.md §5.3.
Bytes write_tree_index(const Entries& entries);

/// Reads what `write_tree_index` wrote, from anybody's hands: the entries are sorted and safe to
/// lay on a disk (sort_and_check). Throws Error{corrupt_payload, tree_unsafe_name,
/// tree_unsafe_entry}.
Entries read_tree_index(ByteView bytes);

}  // namespace xppkg
