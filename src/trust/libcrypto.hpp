#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/shared_library.hpp"

namespace xppkg::trust {

/// OpenSSL's libcrypto, loaded with the first key that needs it: our own repositories have none.
/// The names are the library's.
class Libcrypto {
 public:
  /// Throws Error{internal} where it is not installed.
  static const Libcrypto& get();

  decltype(&::BIO_free) BIO_free;
  decltype(&::BIO_new_mem_buf) BIO_new_mem_buf;
  decltype(&::CRYPTO_free) CRYPTO_free;
  decltype(&::EVP_DigestVerify) EVP_DigestVerify;
  decltype(&::EVP_DigestVerifyInit) EVP_DigestVerifyInit;
  decltype(&::EVP_MD_CTX_free) EVP_MD_CTX_free;
  decltype(&::EVP_MD_CTX_new) EVP_MD_CTX_new;
  decltype(&::EVP_PKEY_CTX_set_rsa_padding) EVP_PKEY_CTX_set_rsa_padding;
  decltype(&::EVP_PKEY_CTX_set_rsa_pss_saltlen) EVP_PKEY_CTX_set_rsa_pss_saltlen;
  decltype(&::EVP_PKEY_free) EVP_PKEY_free;
  decltype(&::EVP_PKEY_get_bits) EVP_PKEY_get_bits;
  decltype(&::EVP_PKEY_get_group_name) EVP_PKEY_get_group_name;
  decltype(&::EVP_PKEY_is_a) EVP_PKEY_is_a;
  decltype(&::EVP_PKEY_set_utf8_string_param) EVP_PKEY_set_utf8_string_param;
  decltype(&::EVP_sha256) EVP_sha256;
  decltype(&::PEM_read_bio_PUBKEY) PEM_read_bio_PUBKEY;
  decltype(&::i2d_PUBKEY) i2d_PUBKEY;

 private:
  Libcrypto();

  SharedLibrary library_;
};

}  // namespace xppkg::trust
