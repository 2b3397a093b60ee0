#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "trust/metadata.hpp"
#include "trust/moment.hpp"
#include "trust/verified_bytes.hpp"

namespace xppkg::trust {

/// A delegated role and how it is reached: {"targets", "app"}. The same role under another chain
/// may have other keys.
using RoleChain = std::vector<std::string>;

/// The state machine of TUF's client workflow (specification 1.0.34, §5): bytes in, trusted
/// metadata out, no input or output, one fixed time. Calls follow the order root*, timestamp,
/// snapshot, targets, delegated*; each throws Error{trust_*} and then leaves the trusted metadata
/// as it was.
class TrustedSet {
 public:
  /// From where the bytes come: cached ones were checked when they were saved, and serve to find
  /// roll-back attacks even where they have expired since.
  enum class Origin { remote, cached };

  /// Starts from a root that is trusted already; it must be signed by its own keys.
  TrustedSet(ByteView trusted_root, Moment now, Schemes allowed = Schemes::production());

  /// The next root in turn (§5.3.4, §5.3.5): version + 1, signed by the old and by the new keys.
  /// True: the keys of timestamp or snapshot are others now, so that the saved files of these two
  /// must be deleted before this root is saved (§5.3.11).
  bool update_root(ByteView bytes);
  /// No newer root is there (§5.3.10): the last one must not have expired.
  void end_of_roots();
  /// The snapshot that is current was saved before: it must not have expired since.
  void end_of_snapshot();
  /// §5.4. False: the same version as the trusted one, which stays.
  bool update_timestamp(ByteView bytes, Origin origin = Origin::remote);
  /// §5.5. A cached one may be older than the timestamp says: then it only serves to find
  /// roll-back.
  void update_snapshot(ByteView bytes, Origin origin);
  /// §5.6.
  void update_targets(ByteView bytes);
  /// §5.6.7, for a role whose delegators are trusted already. Verified by the keys of this
  /// delegation, whatever another one says of the same role.
  void update_delegated(const RoleChain& chain, ByteView bytes);
  /// The same for a role that the top-level targets role delegates to.
  void update_delegated(const std::string& role, ByteView bytes);

  [[nodiscard]] const Root& root() const { return root_; }
  [[nodiscard]] const std::optional<Timestamp>& timestamp() const { return timestamp_; }
  [[nodiscard]] const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  /// The trusted snapshot is the one that the timestamp names.
  [[nodiscard]] bool snapshot_is_current() const { return snapshot_is_current_; }
  /// The delegation to a role, or null.
  [[nodiscard]] const Delegation* delegation(const std::string& role) const;
  /// The snapshot's entry for a role's file. Throws Error{trust_malformed} if there is none.
  [[nodiscard]] const FileMeta& file_meta(const std::string& role) const;
  [[nodiscard]] const Targets& targets() const;
  /// The trusted metadata of a delegated role; update_delegated must have run.
  [[nodiscard]] const Targets& delegated(const std::string& role) const;
  /// The same as this chain trusts it; null if update_delegated has not run for it.
  [[nodiscard]] const Targets* find(const RoleChain& chain) const;

  /// Checks a target's length and hashes, and that the role may speak for the path.
  [[nodiscard]] VerifiedBytes verify_target(const std::string& role, const std::string& path,
                                            ByteView bytes) const;

 private:
  void check_expiry(const Common& common, const char* role) const;
  Targets open_targets(const std::string& role, const RoleKeys& keys, ByteView bytes) const;

  Moment now_;
  Schemes allowed_;
  Root root_;
  std::optional<Timestamp> timestamp_;
  std::optional<Snapshot> snapshot_;
  bool snapshot_is_current_ = false;
  std::optional<Targets> targets_;
  std::map<RoleChain, Targets> delegated_;
};

/// Bytes of a target checked against what a role says of it. Throws Error{trust_hash}.
void check_target(const std::string& path, const Target& target, ByteView bytes);

}  // namespace xppkg::trust
