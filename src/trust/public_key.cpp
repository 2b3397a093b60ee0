#include "trust/public_key.hpp"

#include <sodium.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/digest.hpp"
#include "verifier.hpp"

namespace xppkg::trust {
namespace {

struct NamedScheme {
  const char* keytype;
  const char* name;
  Scheme scheme;
};

constexpr std::array kSchemes{
    NamedScheme{"ed25519", "ed25519", Scheme::ed25519},
    NamedScheme{"ecdsa", "ecdsa-sha2-nistp256", Scheme::ecdsa_p256},
    // Repositories that are older than the specification's present names have this one.
    NamedScheme{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", Scheme::ecdsa_p256},
    NamedScheme{"rsa", "rsassa-pss-sha256", Scheme::rsa_pss_sha256},
};

Scheme read_scheme(const Fields& fields) {
  const std::string keytype = fields.text("keytype");
  const std::string name = fields.text("scheme");
  const auto is_named = [&](const NamedScheme& known) {
    return keytype == known.keytype && name == known.name;
  };
  const auto found = std::ranges::find_if(kSchemes, is_named);
  if (found == kSchemes.end()) refuse_key("its type or scheme is not known");
  return found->scheme;
}

class Ed25519Verifier final : public PublicKey::Verifier {
 public:
  explicit Ed25519Verifier(Bytes bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] bool verifies(ByteView message, ByteView signature) const override {
    start_sodium();
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                       bytes_.data()) == 0;
  }
  [[nodiscard]] const Bytes& encoded() const override { return bytes_; }

 private:
  Bytes bytes_;
};

Json ed25519_json(const std::array<std::uint8_t, 32>& bytes) {
  return {{"keytype", "ed25519"}, {"scheme", "ed25519"}, {"keyval", {{"public", to_hex(bytes)}}}};
}

}  // namespace

struct PublicKey::Contents {
  Json json;
  std::string id;
  Scheme scheme;
  std::unique_ptr<Verifier> verifier;
};

void refuse_key(const char* reason) {
  throw Error(Code::trust_key, {{"reason", reason}});
}

void start_sodium() {
  if (sodium_init() < 0) throw Error(Code::internal, {{"reason", "libsodium does not start"}});
}

std::unique_ptr<PublicKey::Verifier> ed25519_verifier(const std::string& hex) {
  Bytes bytes;
  try {
    bytes = from_hex(hex);
  } catch (const Error&) {
    refuse_key("a field is not hex");
  }
  if (bytes.size() != crypto_sign_PUBLICKEYBYTES) refuse_key("the public key is not 32 bytes long");
  return std::make_unique<Ed25519Verifier>(std::move(bytes));
}

PublicKey PublicKey::from_json(const Json& json, Schemes allowed) {
  const Fields fields(json, "key", Code::trust_key);
  const Scheme scheme = read_scheme(fields);
  if (!allowed.allow(scheme)) refuse_key("its scheme is not allowed");
  const std::string text = fields.fields("keyval").text("public");
  auto contents = std::make_shared<Contents>();
  contents->verifier =
      scheme == Scheme::ed25519 ? ed25519_verifier(text) : openssl_verifier(scheme, text);
  contents->scheme = scheme;
  contents->json = json;
  // The id covers every member of the object, those that this version does not know too.
  contents->id = sha256(as_bytes(canonical(json))).hex();
  return PublicKey(std::move(contents));
}

PublicKey::PublicKey(const std::array<std::uint8_t, 32>& bytes)
    : PublicKey(from_json(ed25519_json(bytes))) {}

const Json& PublicKey::to_json() const {
  return contents_->json;
}

const std::string& PublicKey::id() const {
  return contents_->id;
}

bool PublicKey::same_key_as(const PublicKey& other) const {
  return contents_->scheme == other.contents_->scheme &&
         contents_->verifier->encoded() == other.contents_->verifier->encoded();
}

bool PublicKey::verifies(ByteView message, ByteView signature) const {
  return contents_->verifier->verifies(message, signature);
}

}  // namespace xppkg::trust
