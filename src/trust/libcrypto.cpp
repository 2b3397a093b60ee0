#include "libcrypto.hpp"

namespace xppkg::trust {
const Libcrypto& Libcrypto::get() {
  static const Libcrypto libcrypto;
  return libcrypto;
}

Libcrypto::Libcrypto() : library_(library_file("crypto", "3", "libcrypto-3-x64.dll")) {
  library_.find(BIO_free, "BIO_free");
  library_.find(BIO_new_mem_buf, "BIO_new_mem_buf");
  library_.find(CRYPTO_free, "CRYPTO_free");
  library_.find(EVP_DigestVerify, "EVP_DigestVerify");
  library_.find(EVP_DigestVerifyInit, "EVP_DigestVerifyInit");
  library_.find(EVP_MD_CTX_free, "EVP_MD_CTX_free");
  library_.find(EVP_MD_CTX_new, "EVP_MD_CTX_new");
  library_.find(EVP_PKEY_CTX_set_rsa_padding, "EVP_PKEY_CTX_set_rsa_padding");
  library_.find(EVP_PKEY_CTX_set_rsa_pss_saltlen, "EVP_PKEY_CTX_set_rsa_pss_saltlen");
  library_.find(EVP_PKEY_free, "EVP_PKEY_free");
  library_.find(EVP_PKEY_get_bits, "EVP_PKEY_get_bits");
  library_.find(EVP_PKEY_get_group_name, "EVP_PKEY_get_group_name");
  library_.find(EVP_PKEY_is_a, "EVP_PKEY_is_a");
  library_.find(EVP_PKEY_set_utf8_string_param, "EVP_PKEY_set_utf8_string_param");
  library_.find(EVP_sha256, "EVP_sha256");
  library_.find(PEM_read_bio_PUBKEY, "PEM_read_bio_PUBKEY");
  library_.find(i2d_PUBKEY, "i2d_PUBKEY");
}

}  // namespace xppkg::trust
