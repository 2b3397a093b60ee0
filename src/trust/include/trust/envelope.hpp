#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "trust/signer.hpp"

namespace xppkg::trust {

/// Which keys may sign for a role, and how many of them must.
struct RoleKeys {
  std::vector<PublicKey> keys;  ///< without doubles
  std::uint64_t threshold = 1;  ///< at least 1
};

std::set<std::string> key_ids(const RoleKeys& role);
/// True if both name the same keys, in whatever order, and the same threshold.
bool same_signers(const RoleKeys& one, const RoleKeys& other);

/// {"signed": …, "signatures": […]} as TUF has it: the value and who signed it, nothing checked
/// yet.
class Envelope {
 public:
  /// Throws Error{trust_malformed}.
  explicit Envelope(ByteView bytes);

  [[nodiscard]] const Json& value() const { return json_.at("signed"); }
  /// Throws Error{trust_signature} unless at least `threshold` different keys of the role signed.
  void check(const RoleKeys& role, const std::string& role_name) const;

 private:
  Json json_;
  std::map<std::string, Bytes> signatures_;  // by key id
};

/// The bytes of an envelope around `value`, signed by each of the keys.
Bytes sign(const Json& value, std::span<const Signer* const> keys);

}  // namespace xppkg::trust
