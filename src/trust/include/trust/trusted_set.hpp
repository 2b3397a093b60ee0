#pragma once

#include <map>
#include <optional>
#include <string>

#include "trust/metadata.hpp"
#include "trust/verified_bytes.hpp"

namespace xppkg::trust {

/// The state machine of TUF's client workflow (specification 1.0, §5): bytes in, trusted metadata
/// out, no input or output, one fixed time. Calls follow the order root*, timestamp, snapshot,
/// targets, delegated*; each throws Error{trust_*} and then leaves what is trusted as it was.
class TrustedSet {
 public:
  /// Whether metadata past its expiry is refused. `ignored` is for proving what is installed
  /// offline; what is fetched is always `enforced`.
  enum class Expiry { enforced, ignored };
  /// From where the bytes come: cached ones were checked for roll-back when they were saved.
  enum class Origin { remote, cached };

  /// Starts from a root that is trusted already; it must be signed by its own keys.
  TrustedSet(ByteView trusted_root, Time now, Expiry expiry = Expiry::enforced);

  /// The next root in turn (§5.3): version + 1, signed by the old and by the new keys.
  void update_root(ByteView bytes);
  /// No newer root is there (§5.3.10): the last one must not have expired.
  void end_of_roots();
  /// §5.4. False: the same version as the trusted one, which stays.
  bool update_timestamp(ByteView bytes);
  /// §5.5. A cached snapshot is not measured against the timestamp's hash a second time.
  void update_snapshot(ByteView bytes, Origin origin);
  /// §5.6.
  void update_targets(ByteView bytes);
  /// §5.6, for a role that the top-level targets delegate to.
  void update_delegated(const std::string& role, ByteView bytes);

  [[nodiscard]] const Root& root() const { return root_; }
  [[nodiscard]] const std::optional<Timestamp>& timestamp() const { return timestamp_; }
  [[nodiscard]] const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  /// The delegation to a role, or null.
  [[nodiscard]] const Delegation* delegation(const std::string& role) const;
  /// What the snapshot says of a role's file. Throws Error{trust_malformed} if nothing.
  [[nodiscard]] const FileMeta& file_meta(const std::string& role) const;
  [[nodiscard]] const Targets& targets() const;
  /// The trusted metadata of a delegated role; update_delegated must have run.
  [[nodiscard]] const Targets& delegated(const std::string& role) const;

  /// Checks a target's length and SHA-256, and that the role may speak for the path.
  [[nodiscard]] VerifiedBytes verify_target(const std::string& role, const std::string& path,
                                            ByteView bytes) const;

 private:
  void check_expiry(const Common& common, const char* role) const;
  void check_against_snapshot(const std::string& role, ByteView bytes, Origin origin) const;
  Targets open_targets(const std::string& role, const RoleKeys& keys, ByteView bytes) const;

  Time now_;
  Expiry expiry_;
  Root root_;
  std::optional<Timestamp> timestamp_;
  std::optional<Snapshot> snapshot_;
  std::optional<Targets> targets_;
  std::map<std::string, Targets> delegated_;
};

}  // namespace xppkg::trust
