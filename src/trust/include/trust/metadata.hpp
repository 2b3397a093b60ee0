#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trust/envelope.hpp"
#include "trust/hashes.hpp"
#include "trust/role_name.hpp"
#include "trust/time.hpp"

namespace xppkg::trust {

/// The most of each kind that is read. TRUST §4 names the attack that each stops.
struct Limits {
  static constexpr std::uint64_t root = 512 * 1024;
  static constexpr std::uint64_t timestamp = 16 * 1024;
  static constexpr std::uint64_t snapshot = 2 * 1024 * 1024;
  static constexpr std::uint64_t targets = 8 * 1024 * 1024;
  /// Of a role's file.
  static std::uint64_t of(const std::string& role) {
    if (role == "root") return root;
    if (role == "timestamp") return timestamp;
    return role == "snapshot" ? snapshot : targets;
  }
  static constexpr int root_rotations = 256;        ///< in one run
  static constexpr std::size_t roles_visited = 32;  ///< in one search for a target
};

/// The fields of every role's metadata.
struct Common {
  std::uint64_t version = 1;
  Time expires = 0;
};

struct Root : Common {
  bool consistent_snapshot = true;        ///< names of files have versions and hashes
  std::map<std::string, RoleKeys> roles;  ///< "root", "timestamp", "snapshot", "targets"
};

/// A role's entry for another role's file.
struct FileMeta {
  std::uint64_t version = 1;
  std::optional<std::uint64_t> length;
  Hashes hashes;  ///< perhaps none
};

struct Timestamp : Common {
  FileMeta snapshot;
  Time issued = 0;  ///< extra field of xppkg: when it was signed; 0 where it is missing
};

struct Snapshot : Common {
  std::map<std::string, FileMeta> files;  ///< by file name without version: "targets.json"
};

/// A target as its role describes it.
struct Target {
  std::uint64_t length = 0;
  Hashes hashes;  ///< at least one
  Json custom;    ///< an object, perhaps empty
};

struct Delegation {
  std::string name;
  RoleKeys keys;
  std::vector<std::string> paths;  ///< patterns; "*" and "?" do not match "/"
  bool terminating = false;
  /// Instead of paths: how the SHA-256 of the path begins, in hex ("hash bins").
  std::vector<std::string> path_hash_prefixes{};

  /// True if the role may speak for the target path.
  [[nodiscard]] bool covers(std::string_view path) const;
};

struct Targets : Common {
  std::map<std::string, Target> targets;
  std::vector<Delegation> delegations;
  std::string min_version;  ///< extra field of xppkg: the minimum version of a package; "" where it
                            ///< is missing
};

/// Readers of the "signed" part. They check form only, never signatures: use TrustedSet. Keys whose
/// scheme is not allowed, or whose id is not their own, are left out: they count for no threshold.
/// Throw Error{trust_malformed, trust_key, unsupported_format}.
Root read_root(const Json& json, Schemes allowed = Schemes::production());
Timestamp read_timestamp(const Json& json);
Snapshot read_snapshot(const Json& json);
Targets read_targets(const Json& json, Schemes allowed = Schemes::production());

/// The "signed" part that the readers above take.
Json write_root(const Root& root);
Json write_timestamp(const Timestamp& timestamp);
Json write_snapshot(const Snapshot& snapshot);
Json write_targets(const Targets& targets);

/// True if a TUF path pattern covers the target path.
bool pattern_matches(std::string_view pattern, std::string_view path);

}  // namespace xppkg::trust
