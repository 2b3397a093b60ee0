#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "trust/offline_proof.hpp"
#include "trust/secret_key.hpp"
#include "trust/trusted_set.hpp"

namespace xppkg::test {

inline constexpr trust::Time kNow = 1'700'000'000;
inline constexpr trust::Time kDay = 86'400;

/// The signed files of a repository at one time.
struct Metadata {
  Bytes root;
  Bytes timestamp;
  Bytes snapshot;
  Bytes targets;
  Bytes package;
};

using Signers = std::vector<const trust::Signer*>;
Bytes signed_by(const Json& value, const Signers& signers);

/// A repository in memory, made by the writers of the trust room: one package "app" with one
/// target. A test changes the members and publishes. Roles are called "root", "timestamp",
/// "snapshot", "targets" and "app".
class Repository {
 public:
  Repository();

  /// Signs everything anew, each role over what the roles below it have become.
  [[nodiscard]] Metadata publish() const;
  [[nodiscard]] trust::RoleKeys only(const trust::SecretKey& key,
                                     std::uint64_t threshold = 1) const;

  static constexpr const char* kPath = "app/1.0/any/manifest.json";
  static constexpr const char* kContents = "the contents of the target";

  trust::SecretKey root_key = trust::SecretKey::generate();
  trust::SecretKey timestamp_key = trust::SecretKey::generate();
  trust::SecretKey snapshot_key = trust::SecretKey::generate();
  trust::SecretKey targets_key = trust::SecretKey::generate();
  trust::SecretKey package_key = trust::SecretKey::generate();
  trust::SecretKey stranger = trust::SecretKey::generate();

  trust::Root root;
  trust::Timestamp timestamp;
  trust::Snapshot snapshot;  ///< its files are filled in by publish
  trust::Targets targets;
  trust::Targets package;

  /// Changes a role's value before it is signed.
  std::map<std::string, std::function<void(Json&)>> edits;
  /// The signers of a role, where it is not its own key.
  std::map<std::string, Signers> signers;

 private:
  [[nodiscard]] Bytes sign(const std::string& role, Json value, const trust::SecretKey& key) const;
};

/// Takes a client that trusts `root` through all roles.
trust::TrustedSet walk(const Metadata& metadata, trust::Time now = kNow);
/// The same up to and with the timestamp, as from the client's cache.
trust::TrustedSet walk_to_timestamp(const Metadata& metadata, trust::Time now = kNow);

/// Signed bytes of any value, as the readers of verified data take them.
trust::VerifiedBytes verified_value(const Json& value);
trust::VerifiedBytes verified(ByteView bytes);

}  // namespace xppkg::test
