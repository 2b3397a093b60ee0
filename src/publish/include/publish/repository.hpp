#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "manifest/catalogue.hpp"
#include "trust/key_vault.hpp"
#include "trust/trusted_set.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::publish {

/// Where things lie: static files that any web server or folder serves. manifests/REPOSITORY.md.
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
  /// With the hash before the name, as consistent snapshots have it.
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

/// The keys of a repository, one sealed file each, opened when they are needed.
class Keys {
 public:
  Keys(fs::FileSystem& disk, fs::Path folder, trust::KeyVault vault);

  /// Throws Error{trust_key, usage_passphrase, io_failed}.
  trust::SecretKey open(const std::string& name);
  /// Makes a new key and its file. Throws if there is one of that name.
  trust::SecretKey create(const std::string& name);
  /// Opens it, or makes it where a run that was broken off has not done so yet.
  trust::SecretKey open_or_create(const std::string& name);

 private:
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] fs::Path place(const std::string& name) const;

  fs::FileSystem& disk_;
  fs::Path folder_;
  trust::KeyVault vault_;
};

/// Makes an empty repository and its keys. The keys folder must not lie inside the repository.
/// Throws Error{repository_exists, usage_invalid}. A run that was broken off has to be cleared away
/// by hand: the keys were shown to nobody yet.
void create_repository(fs::FileSystem& disk, const RepositoryLayout& layout,
                       const fs::Path& key_folder, trust::KeyVault vault, trust::Time now);

/// Reads the current metadata. Throws Error{repository_invalid, trust_*}.
Published read_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now);

/// Opens all keys that publishing this package takes, compares them with those that clients trust,
/// and returns the package's own, which is made for a new package. Throws Error{trust_key,
/// usage_passphrase}; then no key was made.
trust::SecretKey open_publishing_keys(Keys& keys, const Published& published,
                                      const std::string& package);

/// Signs and writes new metadata for one package: role, targets (only if the package is new),
/// snapshot, and timestamp.json last. Until then the published repository is the old one.
void publish_package(fs::FileSystem& disk, const RepositoryLayout& layout, Keys& keys,
                     const Published& published, const std::string& package, trust::Targets role,
                     trust::Time now);

/// The manifest of a published release. Throws Error{repository_invalid, trust_*}.
manifest::Manifest read_manifest(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 const Published& published, const std::string& package,
                                 const manifest::TargetFile& file);

/// The name of a package's key among the Keys.
std::string package_key(const std::string& package);

}  // namespace xppkg::publish
