#include "trust/trusted_set.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xppkg::trust {
namespace {

constexpr const char* kTargets = "targets";

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

bool has_length_and_hashes(const FileMeta& meta, ByteView bytes) {
  if (meta.length && *meta.length != bytes.size()) return false;
  return meta.hashes.empty() || meta.hashes.match(bytes);
}

void check_length_and_hashes(const std::string& what, const FileMeta& meta, ByteView bytes) {
  if (has_length_and_hashes(meta, bytes)) return;
  Error error(Code::trust_hash, {{"file", what}});
  if (meta.length) error.with("expected bytes", fmt::to_string(*meta.length));
  error.with("actual bytes", fmt::to_string(bytes.size()));
  if (!meta.hashes.empty()) error.with("expected", meta.hashes.name_prefix());
  throw error;
}

std::string file_of(const std::string& role) {
  return role + ".json";
}

const Delegation* delegation_in(const Targets& targets, const std::string& role) {
  const auto found = std::ranges::find(targets.delegations, role, &Delegation::name);
  return found == targets.delegations.end() ? nullptr : &*found;
}

void check_no_rollback(const Snapshot& seen, const Snapshot& next) {
  for (const auto& [name, meta] : seen.files) {
    const auto found = next.files.find(name);
    if (found == next.files.end()) rolled_back(name, meta.version, 0);
    if (found->second.version < meta.version) {
      rolled_back(name, meta.version, found->second.version);
    }
  }
}

}  // namespace

TrustedSet::TrustedSet(ByteView trusted_root, Moment now, Schemes allowed)
    : now_(now), allowed_(allowed) {
  const Envelope envelope(trusted_root);
  root_ = read_root(envelope.value(), allowed_);
  envelope.check(root_.roles.at("root"), "root");
}

bool TrustedSet::update_root(ByteView bytes) {
  if (timestamp_) out_of_order("root");
  const Envelope envelope(bytes);
  envelope.check(root_.roles.at("root"), "root");
  Root next = read_root(envelope.value(), allowed_);
  check_version("root", root_.version + 1, next.version);
  envelope.check(next.roles.at("root"), "root");
  const auto changed = [&](const char* role) {
    // §5.3.11 compares keys; a changed threshold means as well that other signatures count.
    return !same_signers(root_.roles.at(role), next.roles.at(role));
  };
  const bool rotated = changed("timestamp") || changed("snapshot");
  root_ = std::move(next);
  return rotated;
}

void TrustedSet::end_of_roots() {
  check_expiry(root_, "root");
}

void TrustedSet::end_of_snapshot() {
  if (!snapshot_) out_of_order("end of the snapshot");
  check_expiry(*snapshot_, "snapshot");
}

bool TrustedSet::update_timestamp(ByteView bytes, Origin origin) {
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
  if (origin == Origin::remote) check_expiry(next, "timestamp");
  timestamp_ = std::move(next);
  return true;
}

void TrustedSet::update_snapshot(ByteView bytes, Origin origin) {
  if (!timestamp_ || targets_) out_of_order("snapshot");
  check_expiry(*timestamp_, "timestamp");
  const FileMeta& meta = timestamp_->snapshot;
  if (origin == Origin::remote) check_length_and_hashes("snapshot.json", meta, bytes);
  const Envelope envelope(bytes);
  envelope.check(root_.roles.at("snapshot"), "snapshot");
  Snapshot next = read_snapshot(envelope.value());
  if (origin == Origin::remote) {
    check_version("snapshot", meta.version, next.version);
    if (snapshot_) check_no_rollback(*snapshot_, next);
    check_expiry(next, "snapshot");
  }
  snapshot_is_current_ = origin == Origin::remote ||
                         (next.version == meta.version && has_length_and_hashes(meta, bytes));
  snapshot_ = std::move(next);
}

void TrustedSet::update_targets(ByteView bytes) {
  if (!snapshot_) out_of_order("targets");
  if (!snapshot_is_current_) {
    rolled_back("snapshot", timestamp_->snapshot.version, snapshot_->version);
  }
  check_expiry(*snapshot_, "snapshot");
  targets_ = open_targets("targets", root_.roles.at("targets"), bytes);
}

void TrustedSet::update_delegated(const RoleChain& chain, ByteView bytes) {
  if (chain.size() < 2) out_of_order("delegated targets");
  const Targets* delegator = find(RoleChain(chain.begin(), chain.end() - 1));
  if (delegator == nullptr) out_of_order("delegated targets");
  const Delegation* found = delegation_in(*delegator, chain.back());
  if (found == nullptr) throw Error(Code::notfound_package, {{"package", chain.back()}});
  delegated_.insert_or_assign(chain, open_targets(chain.back(), found->keys, bytes));
}

void TrustedSet::update_delegated(const std::string& role, ByteView bytes) {
  update_delegated(RoleChain{kTargets, role}, bytes);
}

Targets TrustedSet::open_targets(const std::string& role, const RoleKeys& keys,
                                 ByteView bytes) const {
  const FileMeta& meta = file_meta(role);
  check_length_and_hashes(file_of(role), meta, bytes);
  const Envelope envelope(bytes);
  envelope.check(keys, role);
  Targets next = read_targets(envelope.value(), allowed_);
  check_version(role, meta.version, next.version);
  check_expiry(next, role.c_str());
  return next;
}

void TrustedSet::check_expiry(const Common& common, const char* role) const {
  if (common.expires > now_.time()) return;
  throw Error(now_.went_back() ? Code::trust_clock : Code::trust_expired,
              {{"role", role},
               {"expired", format_time(common.expires)},
               {"clock", format_time(now_.time())}});
}

const Delegation* TrustedSet::delegation(const std::string& role) const {
  return targets_ ? delegation_in(*targets_, role) : nullptr;
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
  const Targets* found = find({kTargets, role});
  if (found == nullptr) out_of_order("delegated targets");
  return *found;
}

const Targets* TrustedSet::find(const RoleChain& chain) const {
  if (chain == RoleChain{kTargets}) return targets_ ? &*targets_ : nullptr;
  const auto found = delegated_.find(chain);
  return found == delegated_.end() ? nullptr : &found->second;
}

VerifiedBytes TrustedSet::verify_target(const std::string& role, const std::string& path,
                                        ByteView bytes) const {
  const Targets& targets = delegated(role);
  const auto found = targets.targets.find(path);
  if (found == targets.targets.end() || !delegation(role)->covers(path)) {
    throw Error(Code::trust_malformed,
                {{"role", role}, {"path", path}, {"reason", "the role may not speak for it"}});
  }
  check_target(path, found->second, bytes);
  return VerifiedBytes(bytes);
}

void check_target(const std::string& path, const Target& target, ByteView bytes) {
  check_length_and_hashes(path, {1, target.length, target.hashes}, bytes);
}

}  // namespace xppkg::trust
