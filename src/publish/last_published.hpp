#pragma once

#include <optional>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// What the keys of a folder signed last for a repository, as it was published: KEYS/published. The
/// keys sign only what follows from it, so that whoever can write to the repository's folder, and
/// no more, cannot have them sign his own state or an old one. Source: manifests/TRUST.md §5.
struct LastPublished {
  Bytes root;
  Bytes timestamp;
  Bytes snapshot;
};

/// Nothing where these keys have signed nothing yet, or were only here to sign roots. Throws
/// Error{limit_exceeded, io_failed}.
std::optional<LastPublished> load_last_published(fs::FileSystem& disk, const fs::Path& keys);
/// Does nothing where this user may not write the folder of the keys.
void save_last_published(fs::FileSystem& disk, const fs::Path& keys, const LastPublished& last);

/// The newest root that the keys of a folder have to do with: what drafts of the next one are
/// compared with.
std::optional<Bytes> load_known_root(fs::FileSystem& disk, const fs::Path& keys);
void save_known_root(fs::FileSystem& disk, const fs::Path& keys, ByteView root);

/// Reads the repository as a client does that has seen what was published last, to sign what comes
/// next: nothing may be older, or of another chain of roots. Metadata that has expired is read too.
/// Throws Error{repository_invalid, trust_*}.
Published read_to_sign(fs::FileSystem& disk, const RepositoryLayout& layout, const KeyRing& keys);

}  // namespace xppkg::publish
