#pragma once

#include <optional>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// The last metadata that the keys of a folder signed for a repository, as it was published:
/// KEYS/published. The keys sign only its successors, so that a user who can only write to the
/// repository's folder cannot have them sign his own state or an old one. Source:
/// manifests/TRUST.md §5.
struct LastPublished {
  Bytes root;
  Bytes timestamp;
  Bytes snapshot;
};

/// Lies beside the keys from before the first is made until what they signed is published.
inline constexpr const char* kUnfinishedInit = "init.unfinished";

/// Nothing where these keys have signed nothing yet, or were only here to sign roots. Throws
/// Error{corrupt_published, io_failed}.
std::optional<LastPublished> load_last_published(fs::FileSystem& disk, const fs::Path& keys);
/// Does nothing where this user may not write the folder of the keys. From then on they have signed
/// something: an init that did not come to its end (kUnfinishedInit) is none any more.
void save_last_published(fs::FileSystem& disk, const fs::Path& keys, const LastPublished& last);

/// Takes back what an init saved. Files of others stay.
void remove_last_published(fs::FileSystem& disk, const fs::Path& keys);

/// The error for a file of the folder that is not as it was saved.
Error damaged_memory(const char* file, const Error& cause);

/// The newest root that the keys of a folder have to do with: what drafts of the next one are
/// compared with. Saving one does nothing where the keys know more than a root: the three files
/// hold together.
std::optional<Bytes> load_known_root(fs::FileSystem& disk, const fs::Path& keys);
void save_known_root(fs::FileSystem& disk, const fs::Path& keys, ByteView root);

/// Reads the repository as a client does that has seen the last published state, to sign the next
/// one: nothing may be older, or of another chain of roots. Metadata that has expired is read too.
/// Throws Error{repository_invalid, trust_*}, and Error{corrupt_published} where the last published
/// state is not as it was saved.
Published read_to_sign(fs::FileSystem& disk, const RepositoryLayout& layout, const KeyRing& keys);

}  // namespace xppkg::publish
