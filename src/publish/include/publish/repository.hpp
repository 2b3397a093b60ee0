#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "manifest/catalogue.hpp"
#include "publish/key_ring.hpp"
#include "trust/trusted_set.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::publish {

/// The places of files: static files that any web server or folder serves. manifests/REPOSITORY.md.
struct RepositoryLayout {
  fs::Path root;

  [[nodiscard]] fs::Path metadata() const { return root / "metadata"; }
  [[nodiscard]] fs::Path targets() const { return root / "targets"; }
  [[nodiscard]] fs::Path work() const { return root / ".work"; }
  [[nodiscard]] fs::Path lock() const { return work() / "lock"; }
  /// The newest root under a name without a version: what an application ships.
  [[nodiscard]] fs::Path shipped_root() const { return root / "root.json"; }
  [[nodiscard]] fs::Path role(std::uint64_t version, const std::string& name) const;
  [[nodiscard]] fs::Path timestamp() const { return metadata() / "timestamp.json"; }
  /// The path with the hash before the name, as consistent snapshots have it.
  [[nodiscard]] fs::Path target(const manifest::TargetFile& file) const;
};

/// All current metadata, read and verified as a client would.
struct Published {
  trust::TrustedSet set;
  std::vector<std::string> packages;  ///< sorted

  [[nodiscard]] bool has(const std::string& package) const {
    return std::ranges::binary_search(packages, package);
  }
};

/// Whether a path is the other one or lies below it, links followed.
bool lies_inside(const fs::Path& inner, const fs::Path& outer);

/// Keys never lie inside the repository, where they would be published. Throws
/// Error{usage_invalid}.
void require_outside(const fs::Path& keys, const RepositoryLayout& layout);

/// True if the keys of the folder know their last published state (manifests/TRUST.md §5).
bool remembers_repository(fs::FileSystem& disk, const fs::Path& keys);

/// Makes an empty repository and its keys in the ring's folder, which must not lie inside the
/// repository. Throws Error{repository_exists, usage_invalid}. A run that was broken off has to be
/// cleared away by hand: the keys were shown to nobody yet.
void create_repository(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                       trust::Time now);

/// Whether metadata past its time is refused. `ignored`: to sign expired metadata anew, or to
/// report it.
enum class Expiry { enforced, ignored };

struct LastPublished;

/// How the repository is read.
struct ReadOptions {
  std::uint64_t first_root = 1;  ///< the root that the client trusts from the beginning
  Expiry expiry = Expiry::enforced;
  const LastPublished* last = nullptr;  ///< what the client has seen; it then begins with its root
};
/// Reads a file of the repository; nothing where it is missing.
using ReadFile = std::function<std::optional<Bytes>(const fs::Path&)>;

/// Reads the current metadata as a client does. Throws Error{repository_invalid, trust_*}.
Published read_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now,
                          const ReadOptions& read_options = {});
Published read_repository(const ReadFile& read, const RepositoryLayout& layout, trust::Time now,
                          const ReadOptions& read_options);

/// Opens all keys that publishing this package takes, those that clients trust and at least as many
/// as they ask for, and returns the package's own; one is made for a new package. Throws
/// Error{trust_key, usage_passphrase}; then no key was made.
Signers open_publishing_keys(KeyRing& keys, const Published& published, const std::string& package);

/// Signs and writes new metadata for one package: role, targets (only if the package is new),
/// snapshot, and timestamp.json last. Until then the published repository is the old one.
void publish_package(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                     const Published& published, const std::string& package, trust::Targets role,
                     trust::Time now);

/// The manifest of a published release. Throws Error{repository_invalid, trust_*}.
manifest::Manifest read_manifest(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 const Published& published, const std::string& package,
                                 const manifest::TargetFile& file);

}  // namespace xppkg::publish
