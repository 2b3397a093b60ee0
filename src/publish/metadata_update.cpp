#include "metadata_update.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "fs/files.hpp"
#include "last_published.hpp"

namespace xppkg::publish {
namespace {

const trust::Delegation* delegation(const trust::Targets& targets, const std::string& name) {
  const auto found = std::ranges::find(targets.delegations, name, &trust::Delegation::name);
  return found == targets.delegations.end() ? nullptr : &*found;
}

trust::FileMeta meta_of(ByteView bytes, std::uint64_t version) {
  return {version, bytes.size(), sha256(bytes)};
}

}  // namespace

MetadataUpdate::MetadataUpdate(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                               const Published& published, trust::Time now)
    : disk_(disk),
      layout_(layout),
      keys_(keys),
      published_(published),
      now_(now),
      policy_(read_policy(disk, keys.folder())),
      staged_(disk, layout),
      root_(published.set.root()),
      snapshot_(*published.set.snapshot()),
      timestamp_(*published.set.timestamp()) {}

void MetadataUpdate::set_root(Bytes bytes) {
  root_ = trust::read_root(trust::Envelope(bytes).value());
  root_bytes_ = std::move(bytes);
}

trust::Targets& MetadataUpdate::change_targets() {
  if (!targets_) targets_ = published_.set.targets();
  return *targets_;
}

void MetadataUpdate::set_package(const std::string& package, trust::Targets role) {
  packages_.insert_or_assign(package, std::move(role));
}

void MetadataUpdate::renew(const std::string& role) {
  if (role == "timestamp") {
    timestamp_is_due_ = true;
  } else if (role == "snapshot") {
    snapshot_is_due_ = true;
  } else if (role == "targets") {
    change_targets();
  } else {
    packages_.try_emplace(role, published_.set.delegated(role));
  }
}

void MetadataUpdate::publish() {
  renew_what_changed_keys();
  require_live_root();
  // Clients must accept targets, which lists the rest.
  if (published_.set.targets().expires <= now_) change_targets();
  renew_expired_packages();
  if (targets_) sign_targets("targets", *targets_, published_.set.targets().version + 1);
  for (const auto& [package, role] : packages_) {
    const bool is_old = published_.has(package);
    sign_targets(package, role, is_old ? published_.set.delegated(package).version + 1 : 1);
  }
  if (targets_ || !packages_.empty() || snapshot_.expires <= now_) snapshot_is_due_ = true;
  if (snapshot_is_due_) sign_snapshot();
  if (snapshot_is_due_ || timestamp_is_due_) sign_timestamp();
  if (root_bytes_) put_root();
  play_client();
  retire_keys();
  staged_.publish();
  remember();
}

void MetadataUpdate::remember() const {
  const auto bytes_of = [&](const fs::Path& path, std::uint64_t limit) {
    const Bytes* updated = staged_.find(path);
    return updated != nullptr ? *updated : fs::read_file(disk_, path, limit);
  };
  save_last_published(
      disk_, keys_.folder(),
      {bytes_of(layout_.role(root_.version, "root"), trust::Limits::root),
       bytes_of(layout_.timestamp(), trust::Limits::timestamp),
       bytes_of(layout_.role(snapshot_.version, "snapshot"), trust::Limits::snapshot)});
}

void MetadataUpdate::renew_what_changed_keys() {
  for (const char* role : {"targets", "snapshot", "timestamp"}) {
    if (!trust::same_signers(root_.roles.at(role), published_.set.root().roles.at(role)))
      renew(role);
  }
  if (!targets_) return;
  for (const std::string& package : published_.packages) {
    const trust::Delegation* now = delegation(*targets_, package);
    if (!trust::same_signers(now->keys, published_.set.delegation(package)->keys)) renew(package);
  }
}

// Only those whose keys are at hand: a warning names the others.
void MetadataUpdate::renew_expired_packages() {
  for (const std::string& package : published_.packages) {
    if (published_.set.delegated(package).expires > now_) continue;
    const trust::RoleKeys& role = keys_of(package);
    if (keys_.at_hand(role).size() >= role.threshold) renew(package);
  }
}

void MetadataUpdate::require_live_root() const {
  if (root_.expires > now_) return;
  throw Error(Code::trust_expired, {{"role", "root"},
                                    {"expired", trust::format_time(root_.expires)},
                                    {"help", "xppkg-release root export makes the next root"}});
}

const trust::RoleKeys& MetadataUpdate::keys_of(const std::string& role) const {
  const auto top = root_.roles.find(role);
  if (top != root_.roles.end()) return top->second;
  return delegation(targets_ ? *targets_ : published_.set.targets(), role)->keys;
}

template <typename Value>
Bytes MetadataUpdate::sign(const std::string& role, Value& value, Json (*write)(const Value&)) {
  value.expires = policy_.end_of(role, now_);
  Signers signers = keys_.require(role, keys_of(role));
  const auto old = published_.set.root().roles.find(role);
  if (root_bytes_ && old != published_.set.root().roles.end()) {
    // Also by the keys that the root before trusts, as far as they are there: so the metadata holds
    // under either root while the two follow each other.
    for (const trust::Signer* signer : keys_.at_hand(old->second)) {
      if (std::ranges::find(signers, signer) == signers.end()) signers.push_back(signer);
    }
  }
  signed_roles_[role] = value;
  Bytes bytes = trust::sign(write(value), signers);
  const std::uint64_t limit = trust::Limits::of(role);
  if (bytes.size() <= limit) return bytes;
  throw Error(Code::limit_exceeded, {{"role", role},
                                     {"bytes", fmt::to_string(bytes.size())},
                                     {"limit", fmt::to_string(limit)},
                                     {"help", "xppkg-release prune REPO --keep N makes room"}});
}

void MetadataUpdate::sign_targets(const std::string& role, trust::Targets value,
                                  std::uint64_t version) {
  value.version = version;
  Bytes bytes = sign(role, value, trust::write_targets);
  snapshot_.files[role + ".json"] = meta_of(bytes, version);
  staged_.put(layout_.role(version, role), std::move(bytes));
}

void MetadataUpdate::sign_snapshot() {
  ++snapshot_.version;
  Bytes bytes = sign("snapshot", snapshot_, trust::write_snapshot);
  timestamp_.snapshot = meta_of(bytes, snapshot_.version);
  staged_.put(layout_.role(snapshot_.version, "snapshot"), std::move(bytes));
}

void MetadataUpdate::sign_timestamp() {
  ++timestamp_.version;
  // A clock that was set back must not take the time back for clients that have seen a later one.
  // But a time far ahead is taken back: clients ignore it, and it would hide all later ones.
  const bool was_ahead = !trust::is_plausible(timestamp_.issued, now_);
  timestamp_.issued = was_ahead ? now_ : std::max(timestamp_.issued, now_);
  // The one file that clients read by a fixed name: with it the new state is published.
  staged_.put(layout_.timestamp(), sign("timestamp", timestamp_, trust::write_timestamp));
}

// After the timestamp, which holds under both roots if the old keys were there to sign it.
void MetadataUpdate::put_root() {
  signed_roles_["root"] = root_;
  staged_.put(layout_.role(root_.version, "root"), *root_bytes_);
  staged_.put(layout_.shipped_root(), *root_bytes_);
}

void MetadataUpdate::play_client() const {
  const auto read = [&](const fs::Path& path) -> std::optional<Bytes> {
    if (const Bytes* updated = staged_.find(path)) return *updated;
    return fs::read_file_if_there(disk_, path, trust::Limits::targets);
  };
  read_repository(read, layout_, now_, {1, Expiry::ignored});
}

// Before anything is published: a run that is killed in between finds the key by its id in any
// case.
void MetadataUpdate::retire_keys() {
  const trust::Targets& targets = targets_ ? *targets_ : published_.set.targets();
  std::set<std::string> trusted;
  for (const auto& [name, role] : root_.roles) trusted.merge(trust::key_ids(role));
  for (const auto& one : targets.delegations) trusted.merge(trust::key_ids(one.keys));
  const auto retire = [&](const trust::RoleKeys& before) {
    for (const trust::PublicKey& key : before.keys) {
      if (!trusted.contains(key.id())) keys_.retire(key);
    }
  };
  for (const auto& [name, role] : published_.set.root().roles) retire(role);
  for (const auto& one : published_.set.targets().delegations) retire(one.keys);
}

}  // namespace xppkg::publish
