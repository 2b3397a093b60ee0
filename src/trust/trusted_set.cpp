#include "trust/trusted_set.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xppkg::trust {
namespace {

[[noreturn]] void out_of_order(const char* step) {
  throw Error(Code::internal, {{"reason", fmt::format("{} out of order", step)}});
}

[[noreturn]] void rolled_back(const std::string& role, std::uint64_t seen, std::uint64_t offered) {
  throw Error(
      Code::trust_rollback,
      {{"role", role}, {"seen", fmt::to_string(seen)}, {"offered", fmt::to_string(offered)}});
}

void check_version(const std::string& role, std::uint64_t expected, std::uint64_t actual) {
  if (expected == actual) return;
  throw Error(Code::trust_rollback, {{"role", role},
                                     {"expected", fmt::to_string(expected)},
                                     {"offered", fmt::to_string(actual)}});
}

void check_length_and_hash(const std::string& what, const FileMeta& meta, ByteView bytes) {
  if (meta.length && *meta.length != bytes.size()) {
    throw Error(Code::trust_hash, {{"file", what},
                                   {"expected bytes", fmt::to_string(*meta.length)},
                                   {"actual bytes", fmt::to_string(bytes.size())}});
  }
  if (!meta.sha256) return;
  const Sha256 actual = sha256(bytes);
  if (actual == *meta.sha256) return;
  throw Error(Code::trust_hash,
              {{"file", what}, {"expected", meta.sha256->hex()}, {"actual", actual.hex()}});
}

std::string file_of(const std::string& role) {
  return role + ".json";
}

}  // namespace

TrustedSet::TrustedSet(ByteView trusted_root, Time now, Expiry expiry)
    : now_(now), expiry_(expiry) {
  const Envelope envelope(trusted_root);
  root_ = read_root(envelope.value());
  envelope.check(root_.roles.at("root"), "root");
}

void TrustedSet::update_root(ByteView bytes) {
  if (timestamp_) out_of_order("root");
  const Envelope envelope(bytes);
  envelope.check(root_.roles.at("root"), "root");
  Root next = read_root(envelope.value());
  check_version("root", root_.version + 1, next.version);
  envelope.check(next.roles.at("root"), "root");
  root_ = std::move(next);
}

void TrustedSet::end_of_roots() {
  check_expiry(root_, "root");
}

bool TrustedSet::update_timestamp(ByteView bytes) {
  if (snapshot_) out_of_order("timestamp");
  const Envelope envelope(bytes);
  envelope.check(root_.roles.at("timestamp"), "timestamp");
  Timestamp next = read_timestamp(envelope.value());
  if (timestamp_) {
    if (next.version < timestamp_->version) {
      rolled_back("timestamp", timestamp_->version, next.version);
    }
    if (next.version == timestamp_->version) {
      check_expiry(*timestamp_, "timestamp");
      return false;
    }
    if (next.snapshot.version < timestamp_->snapshot.version) {
      rolled_back("snapshot", timestamp_->snapshot.version, next.snapshot.version);
    }
  }
  // An expired one is kept for the roll-back checks of a newer one: update_snapshot refuses it.
  timestamp_ = std::move(next);
  return true;
}

void TrustedSet::update_snapshot(ByteView bytes, Origin origin) {
  if (!timestamp_ || targets_) out_of_order("snapshot");
  check_expiry(*timestamp_, "timestamp");
  if (origin == Origin::remote) check_length_and_hash("snapshot.json", timestamp_->snapshot, bytes);
  const Envelope envelope(bytes);
  envelope.check(root_.roles.at("snapshot"), "snapshot");
  Snapshot next = read_snapshot(envelope.value());
  if (snapshot_) {
    for (const auto& [name, meta] : snapshot_->files) {
      const auto found = next.files.find(name);
      if (found == next.files.end()) rolled_back(name, meta.version, 0);
      if (found->second.version < meta.version) {
        rolled_back(name, meta.version, found->second.version);
      }
    }
  }
  // A cached snapshot may be older than the timestamp says: it serves the roll-back checks above,
  // and update_targets refuses to go on with it.
  if (origin == Origin::remote) {
    check_version("snapshot", timestamp_->snapshot.version, next.version);
  }
  snapshot_ = std::move(next);
}

void TrustedSet::update_targets(ByteView bytes) {
  if (!snapshot_) out_of_order("targets");
  check_version("snapshot", timestamp_->snapshot.version, snapshot_->version);
  check_expiry(*snapshot_, "snapshot");
  targets_ = open_targets("targets", root_.roles.at("targets"), bytes);
}

void TrustedSet::update_delegated(const std::string& role, ByteView bytes) {
  if (!targets_) out_of_order("delegated targets");
  const Delegation* found = delegation(role);
  if (found == nullptr) throw Error(Code::not_found_package, {{"package", role}});
  delegated_.insert_or_assign(role, open_targets(role, found->keys, bytes));
}

Targets TrustedSet::open_targets(const std::string& role, const RoleKeys& keys,
                                 ByteView bytes) const {
  const FileMeta& meta = file_meta(role);
  check_length_and_hash(file_of(role), meta, bytes);
  const Envelope envelope(bytes);
  envelope.check(keys, role);
  Targets next = read_targets(envelope.value());
  check_version(role, meta.version, next.version);
  check_expiry(next, role.c_str());
  return next;
}

void TrustedSet::check_expiry(const Common& common, const char* role) const {
  if (expiry_ == Expiry::ignored || common.expires > now_) return;
  throw Error(
      Code::trust_expired,
      {{"role", role}, {"expired", format_time(common.expires)}, {"clock", format_time(now_)}});
}

const Delegation* TrustedSet::delegation(const std::string& role) const {
  if (!targets_) return nullptr;
  const auto found = std::ranges::find(targets_->delegations, role, &Delegation::name);
  return found == targets_->delegations.end() ? nullptr : &*found;
}

const FileMeta& TrustedSet::file_meta(const std::string& role) const {
  if (!snapshot_) out_of_order("file_meta");
  const auto found = snapshot_->files.find(file_of(role));
  if (found == snapshot_->files.end()) {
    throw Error(Code::trust_malformed,
                {{"role", role}, {"reason", "the snapshot does not list the role"}});
  }
  return found->second;
}

const Targets& TrustedSet::targets() const {
  if (!targets_) out_of_order("targets");
  return *targets_;
}

const Targets& TrustedSet::delegated(const std::string& role) const {
  const auto found = delegated_.find(role);
  if (found == delegated_.end()) out_of_order("delegated targets");
  return found->second;
}

VerifiedBytes TrustedSet::verify_target(const std::string& role, const std::string& path,
                                        ByteView bytes) const {
  const Targets& targets = delegated(role);
  const auto found = targets.targets.find(path);
  const auto covers = [&](const std::string& pattern) { return pattern_matches(pattern, path); };
  if (found == targets.targets.end() || !std::ranges::any_of(delegation(role)->paths, covers)) {
    throw Error(Code::trust_malformed,
                {{"role", role}, {"path", path}, {"reason", "the role may not speak for it"}});
  }
  check_length_and_hash(path, {1, found->second.length, found->second.sha256}, bytes);
  return VerifiedBytes(bytes);
}

}  // namespace xppkg::trust
