#pragma once

#include <map>
#include <optional>
#include <string>

#include "publish/policy.hpp"
#include "publish/repository.hpp"
#include "staged_publish.hpp"

namespace xppkg::publish {

/// The next state of a repository: what changes is signed anew with higher versions, then what
/// lists it, timestamp.json in the end. Everything is signed in memory and read as a client reads
/// it before the first file is written, so that a missing key changes nothing.
class MetadataUpdate {
 public:
  MetadataUpdate(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                 const Published& published, trust::Time now);

  /// The next root, signed. Top roles whose keys it changes are signed anew.
  void set_root(Bytes bytes);
  /// The top-level targets, to be changed or only signed anew. Packages whose keys change are
  /// signed anew too.
  trust::Targets& change_targets();
  void set_package(const std::string& package, trust::Targets role);
  /// Signs a role anew as it is: timestamp, snapshot, targets or a package. The roles that list it
  /// follow.
  void renew(const std::string& role);
  /// Throws Error{trust_key, usage_passphrase, trust_expired}; then nothing was changed.
  void publish();

  /// Each role that publish() signed, and when its metadata ends.
  [[nodiscard]] const std::map<std::string, trust::Common>& signed_roles() const {
    return signed_roles_;
  }

 private:
  void renew_what_changed_keys();
  void renew_expired_packages();
  void require_live_root() const;
  [[nodiscard]] const trust::RoleKeys& keys_of(const std::string& role) const;
  template <typename Value>
  Bytes sign(const std::string& role, Value& value, Json (*write)(const Value&));
  void sign_targets(const std::string& role, trust::Targets value, std::uint64_t version);
  void sign_snapshot();
  void sign_timestamp();
  void put_root();
  void play_client() const;
  void retire_keys();
  void remember() const;

  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  KeyRing& keys_;
  const Published& published_;
  trust::Time now_;
  Policy policy_;
  StagedPublish staged_;
  trust::Root root_;
  std::optional<Bytes> root_bytes_;
  std::optional<trust::Targets> targets_;
  std::map<std::string, trust::Targets> packages_;
  bool snapshot_is_due_ = false;
  bool timestamp_is_due_ = false;
  trust::Snapshot snapshot_;
  trust::Timestamp timestamp_;
  std::map<std::string, trust::Common> signed_roles_;
};

}  // namespace xppkg::publish
