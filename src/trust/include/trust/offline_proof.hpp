#pragma once

#include <string>

#include "trust/metadata.hpp"
#include "trust/verified_bytes.hpp"

namespace xppkg::trust {

/// Metadata that was trusted at one time, each file as it came.
struct ProofFiles {
  Bytes root;
  Bytes targets;
  Bytes package;  ///< of the role of the package
};

/// Proves an installed release without a network: saved root -> saved targets -> saved role of the
/// package -> manifest. Expiry and roll-back do not matter here: the installed release was fetched
/// under these checks.
class OfflineProof {
 public:
  /// Throws Error{trust_malformed, trust_signature} when the saved files do not prove each other.
  OfflineProof(const ProofFiles& files, const std::string& role);

  /// The package's role as it was then.
  [[nodiscard]] const Targets& role() const { return role_; }

  /// Accepts a manifest that the role lists by its hash, or that the role's keys signed. Throws
  /// Error{trust_malformed, trust_signature}.
  [[nodiscard]] VerifiedBytes verify(ByteView manifest) const;

 private:
  [[nodiscard]] bool lists(const Sha256& digest) const;

  std::string name_;
  RoleKeys keys_;
  Targets role_;
};

}  // namespace xppkg::trust
