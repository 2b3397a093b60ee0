#include "repository.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::test {
namespace {

trust::FileMeta meta_of(ByteView bytes, std::uint64_t version) {
  return {version, bytes.size(), sha256(bytes)};
}

}  // namespace

Bytes signed_by(const Json& value, const Signers& signers) {
  return trust::sign(value, signers);
}

Repository::Repository() {
  root.roles["root"] = only(root_key);
  root.roles["timestamp"] = only(timestamp_key);
  root.roles["snapshot"] = only(snapshot_key);
  root.roles["targets"] = only(targets_key);
  for (trust::Common* role :
       {static_cast<trust::Common*>(&root), static_cast<trust::Common*>(&timestamp),
        static_cast<trust::Common*>(&snapshot), static_cast<trust::Common*>(&targets),
        static_cast<trust::Common*>(&package)}) {
    role->version = 1;
    role->expires = kNow + 30 * kDay;
  }
  targets.delegations.push_back({"app", only(package_key), {"app/*/*/*"}, true});
  const ByteView contents = as_bytes(kContents);
  package.targets[kPath] = {contents.size(), sha256(contents), Json::object()};
}

trust::RoleKeys Repository::only(const trust::SecretKey& key, std::uint64_t threshold) const {
  return {{key.public_key()}, threshold};
}

Bytes Repository::sign(const std::string& role, Json value, const trust::SecretKey& key) const {
  const auto edit = edits.find(role);
  if (edit != edits.end()) edit->second(value);
  const auto others = signers.find(role);
  return signed_by(value, others == signers.end() ? Signers{&key} : others->second);
}

Metadata Repository::publish() const {
  Metadata made;
  made.root = sign("root", trust::write_root(root), root_key);
  made.package = sign("app", trust::write_targets(package), package_key);
  made.targets = sign("targets", trust::write_targets(targets), targets_key);
  trust::Snapshot files = snapshot;
  files.files["app.json"] = meta_of(made.package, package.version);
  files.files["targets.json"] = meta_of(made.targets, targets.version);
  made.snapshot = sign("snapshot", trust::write_snapshot(files), snapshot_key);
  trust::Timestamp newest = timestamp;
  newest.snapshot = meta_of(made.snapshot, snapshot.version);
  made.timestamp = sign("timestamp", trust::write_timestamp(newest), timestamp_key);
  return made;
}

trust::TrustedSet walk_to_timestamp(const Metadata& metadata, trust::Time now) {
  trust::TrustedSet set(metadata.root, now);
  set.end_of_roots();
  set.update_timestamp(metadata.timestamp);
  return set;
}

trust::TrustedSet walk(const Metadata& metadata, trust::Time now) {
  trust::TrustedSet set = walk_to_timestamp(metadata, now);
  set.update_snapshot(metadata.snapshot, trust::TrustedSet::Origin::remote);
  set.update_targets(metadata.targets);
  set.update_delegated("app", metadata.package);
  return set;
}

trust::VerifiedBytes verified(ByteView bytes) {
  Repository repository;
  repository.package.targets[Repository::kPath] = {bytes.size(), sha256(bytes), Json::object()};
  return walk(repository.publish()).verify_target("app", Repository::kPath, bytes);
}

trust::VerifiedBytes verified_value(const Json& value) {
  return verified(signed_by(value, {}));
}

}  // namespace xppkg::test
