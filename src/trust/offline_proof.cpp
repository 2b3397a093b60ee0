#include "trust/offline_proof.hpp"

#include <algorithm>

namespace xppkg::trust {
namespace {

RoleKeys delegated_keys(const ProofFiles& files, const std::string& role) {
  const Envelope root_envelope(files.root);
  const Root trusted = read_root(root_envelope.value());
  root_envelope.check(trusted.roles.at("root"), "root");
  const Envelope targets_envelope(files.targets);
  targets_envelope.check(trusted.roles.at("targets"), "targets");
  for (Delegation& delegation : read_targets(targets_envelope.value()).delegations) {
    if (delegation.name == role) return std::move(delegation.keys);
  }
  throw Error(Code::trust_signature, {{"role", role}, {"reason", "nobody delegates to it"}});
}

}  // namespace

OfflineProof::OfflineProof(const ProofFiles& files, const std::string& role)
    : name_(role), keys_(delegated_keys(files, role)) {
  const Envelope envelope(files.package);
  envelope.check(keys_, role);
  role_ = read_targets(envelope.value());
}

bool OfflineProof::lists(const Sha256& digest) const {
  return std::ranges::any_of(
      role_.targets, [&](const auto& target) { return target.second.hashes.sha256 == digest; });
}

VerifiedBytes OfflineProof::verify(ByteView manifest) const {
  if (!lists(sha256(manifest))) Envelope(manifest).check(keys_, name_);
  return VerifiedBytes(manifest);
}

}  // namespace xppkg::trust
