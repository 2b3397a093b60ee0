#include "trust/envelope.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace xppkg::trust {
namespace {

constexpr std::size_t kMaxSignatures = 64;

// One signer's nonsense is no reason to refuse what enough others signed: it counts for nothing.
Bytes signature_of(const std::string& hex) {
  try {
    return from_hex(hex);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::set<std::string> key_ids(const RoleKeys& role) {
  std::set<std::string> ids;
  for (const PublicKey& key : role.keys) ids.insert(key.id());
  return ids;
}

bool same_signers(const RoleKeys& one, const RoleKeys& other) {
  return one.threshold == other.threshold && key_ids(one) == key_ids(other);
}

Envelope::Envelope(ByteView bytes) : json_(parse_strict(bytes, Code::trust_malformed)) {
  const Fields fields(json_, "envelope", Code::trust_malformed);
  static_cast<void>(fields.object("signed"));
  for (const Json& item : fields.array("signatures", kMaxSignatures)) {
    const Fields signature(item, "signature", Code::trust_malformed);
    const std::string id = signature.text("keyid");
    // TUF: a client must not accept two signatures under one key id.
    if (!signatures_.emplace(id, signature_of(signature.text("sig"))).second) {
      fields.fail("two signatures under one key id");
    }
  }
}

void Envelope::check(const RoleKeys& role, const std::string& role_name) const {
  const std::string text = canonical(value());
  std::uint64_t valid = 0;
  for (const PublicKey& key : role.keys) {
    const auto found = signatures_.find(key.id());
    if (found != signatures_.end() && key.verifies(as_bytes(text), found->second)) ++valid;
  }
  if (role.threshold > 0 && valid >= role.threshold) return;
  throw Error(Code::trust_signature, {{"role", role_name},
                                      {"valid", fmt::to_string(valid)},
                                      {"needed", fmt::to_string(role.threshold)}});
}

Bytes sign(const Json& value, std::span<const Signer* const> keys) {
  const std::string text = canonical(value);
  Json signatures = Json::array();
  for (const Signer* key : keys) {
    signatures.push_back(
        {{"keyid", key->public_key().id()}, {"sig", to_hex(key->sign(as_bytes(text)))}});
  }
  return to_bytes(Json{{"signed", value}, {"signatures", signatures}}.dump() + "\n");
}

}  // namespace xppkg::trust
