#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "publish/external_signer.hpp"
#include "trust/envelope.hpp"
#include "trust/key_vault.hpp"
#include "trust/metadata.hpp"

namespace xppkg::publish {

/// Signers that a KeyRing owns.
using Signers = std::vector<const trust::Signer*>;

/// A key file, as far as it can be read without a passphrase.
struct KeyFile {
  std::string name;                     ///< without ".key.json"
  std::optional<trust::PublicKey> key;  ///< nothing: the file is damaged
};

/// All keys that are at hand: the key files of a folder, and what an external signer offers. Which
/// of them sign for a role is decided by the key ids that the role trusts, never by file names. A
/// key file is opened when it has to sign first, so the passphrase is asked for only then.
/// Source: manifests/TRUST.md §5.
class KeyRing {
 public:
  using OpenVault = std::function<trust::KeyVault()>;

  KeyRing(fs::FileSystem& disk, fs::Path folder, OpenVault open_vault,
          std::unique_ptr<ExternalSigner> external = nullptr);

  [[nodiscard]] const fs::Path& folder() const { return folder_; }
  /// Sorted by name. A folder that is not there has none.
  [[nodiscard]] const std::vector<KeyFile>& files() const { return files_; }
  [[nodiscard]] std::vector<trust::PublicKey> external_keys() const;
  /// The key of that file name or key id (eight hex digits or more), if it is at hand. Throws
  /// Error{usage_invalid} when several ids begin so.
  [[nodiscard]] std::optional<trust::PublicKey> find(const std::string& name_or_id) const;
  /// The name of the file that holds a key; empty if none does.
  [[nodiscard]] std::string file_of(const trust::PublicKey& key) const;

  /// Those at hand that the role trusts, opened. Throws Error{usage_passphrase, trust_key}.
  Signers at_hand(const trust::RoleKeys& role);
  /// The same, but never fewer than the role's threshold: throws Error{trust_key} instead.
  Signers require(const std::string& role_name, const trust::RoleKeys& role);

  /// Makes a key and its file. Throws Error{repository_exists} where there is one of that name, and
  /// Error{usage_passphrase} if the passphrase opens none of the files that are there.
  const trust::Signer& create(const std::string& name);
  /// Opens it, or makes it where a run that was broken off has not done so yet.
  const trust::Signer& open_or_create(const std::string& name);
  /// Marks the file as that of a key which no role trusts any more: NAME.retired.key.json. It can
  /// still sign; only a person sees the difference, and no new key gets its name.
  void retire(const trust::PublicKey& key);

  /// Looks anew which files are there, after somebody else removed some.
  void read_folder();

 private:
  [[nodiscard]] fs::Path place(const std::string& name) const;
  const trust::Signer& open(const KeyFile& file);
  void check_passphrase();
  trust::KeyVault& vault();

  fs::FileSystem& disk_;
  fs::Path folder_;
  OpenVault open_vault_;
  std::optional<trust::KeyVault> vault_;
  std::unique_ptr<ExternalSigner> external_;
  std::vector<KeyFile> files_;
  std::map<std::string, trust::SecretKey> opened_;  // by key id
  bool passphrase_is_checked_ = false;
};

/// May be the name of a key file: letters, digits, ".", "_" and "-", beginning with a letter or
/// digit, at most 64.
bool is_key_name(std::string_view name);

/// Name of the key file that is made for a role: of a top role its own name, of a package
/// "PACKAGE.package".
std::string key_name(const std::string& role);

}  // namespace xppkg::publish
