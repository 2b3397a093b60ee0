#include <openssl/core_names.h>

#include <string_view>

#include "libcrypto.hpp"
#include "verifier.hpp"

namespace xppkg::trust {
namespace {

constexpr std::size_t kMaxPem = 16 * 1024;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

const Libcrypto& openssl() {
  return Libcrypto::get();
}

struct Free {
  void operator()(BIO* bio) const { openssl().BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { openssl().EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { openssl().EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

// A key without a passphrase needs none; without this OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Key read_pem(const std::string& pem) {
  if (pem.size() > kMaxPem) refuse_key("the public key is too long");
  const Bio bio(openssl().BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) throw std::bad_alloc();
  Key key(openssl().PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) refuse_key("the public key is no PEM of a public key");
  return key;
}

bool is_p256(const EVP_PKEY* key) {
  char group[64] = {};
  std::size_t length = 0;
  return openssl().EVP_PKEY_is_a(key, "EC") == 1 &&
         openssl().EVP_PKEY_get_group_name(const_cast<EVP_PKEY*>(key), group, sizeof group,
                                           &length) == 1 &&
         std::string_view(group, length) == "prime256v1";
}

bool is_sound_rsa(const EVP_PKEY* key) {
  const int bits = openssl().EVP_PKEY_get_bits(key);
  return openssl().EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kMinRsaBits && bits <= kMaxRsaBits;
}

// One form for one key, however its file wrote the point: else it could count as two.
void use_one_form(EVP_PKEY* key) {
  if (openssl().EVP_PKEY_is_a(key, "EC") != 1) return;
  if (openssl().EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                               "uncompressed") != 1) {
    refuse_key("the public key has no plain form");
  }
}

Bytes encode(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = openssl().i2d_PUBKEY(key, &der);
  if (size <= 0) refuse_key("the public key has no encoding");
  const Bytes bytes(der, der + size);
  openssl().CRYPTO_free(der, OPENSSL_FILE, OPENSSL_LINE);
  return bytes;
}

class OpensslVerifier final : public PublicKey::Verifier {
 public:
  OpensslVerifier(Key key, bool is_pss)
      : key_(std::move(key)), encoded_(encode(key_.get())), is_pss_(is_pss) {}

  [[nodiscard]] bool verifies(ByteView message, ByteView signature) const override {
    const Context context(openssl().EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
    if (!context ||
        openssl().EVP_DigestVerifyInit(context.get(), &parameters, openssl().EVP_sha256(), nullptr,
                                       key_.get()) != 1) {
      return false;
    }
    // TUF leaves the length of the salt open: signers in use write 32 bytes, or all that fit.
    if (is_pss_ &&
        (openssl().EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
         openssl().EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_AUTO) != 1)) {
      return false;
    }
    return openssl().EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                      message.data(), message.size()) == 1;
  }
  [[nodiscard]] const Bytes& encoded() const override { return encoded_; }

 private:
  Key key_;
  Bytes encoded_;
  bool is_pss_;
};

}  // namespace

std::unique_ptr<PublicKey::Verifier> openssl_verifier(Scheme scheme, const std::string& pem) {
  Key key = read_pem(pem);
  const bool is_pss = scheme == Scheme::rsa_pss_sha256;
  if (is_pss ? !is_sound_rsa(key.get()) : !is_p256(key.get())) {
    refuse_key("the public key is not one of its scheme");
  }
  use_one_form(key.get());
  return std::make_unique<OpensslVerifier>(std::move(key), is_pss);
}

}  // namespace xppkg::trust
