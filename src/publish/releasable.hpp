#pragma once

#include "base/entry.hpp"
#include "publish/add.hpp"

namespace xppkg::publish {

/// Throws Error{tree_repository} unless the tree lies apart from the repository and the keys.
void require_apart(const fs::Path& tree, const RepositoryLayout& layout, const fs::Path& keys);

/// Looks at all that would be published. Throws Error{tree_empty} if there is no file,
/// Error{tree_repository} where the repository or the keys, or a copy of a repository, lie in the
/// tree, and Error{tree_secret} for a file with a secret key (unless a pattern of
/// `options.allowed_keys` names it), or one of `options.secret_files`.
void require_releasable(fs::FileSystem& disk, const fs::Path& tree, const Entries& entries,
                        const RepositoryLayout& layout, const fs::Path& keys,
                        const AddOptions& options, Observer& observer);

}  // namespace xppkg::publish
