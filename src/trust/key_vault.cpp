#include "trust/key_vault.hpp"

#include <sodium.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

#include "verifier.hpp"

namespace xppkg::trust {
namespace {

constexpr std::size_t kSecretSize = crypto_sign_SECRETKEYBYTES;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxPasses = 16;

Bytes bytes_of(const std::string& hex) {
  try {
    return from_hex(hex);
  } catch (const Error&) {
    refuse_key("a field is not hex");
  }
}

Json read_file(ByteView key_file) {
  Json json = parse_strict(key_file, Code::trust_key);
  const Fields fields(json, "key file", Code::trust_key);
  if (fields.text("_type") != "xppkg-key" || fields.text("format") != "1.0") {
    refuse_key("not a key file of this version");
  }
  return json;
}

}  // namespace

struct KeyVault::Secret {
  using Salt = std::array<std::uint8_t, crypto_pwhash_SALTBYTES>;
  struct Parameters {
    Salt salt{};
    std::uint64_t passes = 0;
    std::uint64_t memory = 0;
    auto operator<=>(const Parameters&) const = default;
  };

  /// The key that a passphrase and these parameters give; derived once.
  const std::uint8_t* derived(const Parameters& parameters) {
    SecretMemory& key = keys[parameters];
    if (key) return key.get();
    key = secret_memory(crypto_secretbox_KEYBYTES);
    const int failed = crypto_pwhash(
        key.get(), crypto_secretbox_KEYBYTES, reinterpret_cast<const char*>(passphrase.get()), size,
        parameters.salt.data(), parameters.passes, static_cast<std::size_t>(parameters.memory),
        crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) {
      keys.erase(parameters);
      throw Error(Code::process_limit,
                  {{"cause", "not enough memory to derive a key from the passphrase"}});
    }
    return key.get();
  }

  SecretMemory passphrase;
  std::size_t size = 0;
  Parameters own;
  std::map<Parameters, SecretMemory> keys;
};

KeyVault::KeyVault(std::string_view passphrase, Cost cost) : secret_(std::make_unique<Secret>()) {
  secret_->passphrase = secret_memory(std::max<std::size_t>(passphrase.size(), 1));
  secret_->size = passphrase.size();
  std::ranges::copy(as_bytes(passphrase), secret_->passphrase.get());
  randombytes_buf(secret_->own.salt.data(), secret_->own.salt.size());
  const bool quick = cost == Cost::interactive;
  secret_->own.passes =
      quick ? crypto_pwhash_OPSLIMIT_INTERACTIVE : crypto_pwhash_OPSLIMIT_MODERATE;
  secret_->own.memory =
      quick ? crypto_pwhash_MEMLIMIT_INTERACTIVE : crypto_pwhash_MEMLIMIT_MODERATE;
}

KeyVault::~KeyVault() = default;
KeyVault::KeyVault(KeyVault&&) noexcept = default;
KeyVault& KeyVault::operator=(KeyVault&&) noexcept = default;

std::string KeyVault::seal(const SecretKey& key) {
  const Secret::Parameters& parameters = secret_->own;
  std::array<std::uint8_t, crypto_secretbox_NONCEBYTES> nonce{};
  randombytes_buf(nonce.data(), nonce.size());
  Bytes box(crypto_secretbox_MACBYTES + kSecretSize);
  crypto_secretbox_easy(box.data(), key.memory_.get(), kSecretSize, nonce.data(),
                        secret_->derived(parameters));
  return pretty({{"_type", "xppkg-key"},
                 {"format", "1.0"},
                 {"public", key.public_.to_json()},
                 {"kdf",
                  {{"name", "argon2id13"},
                   {"salt", to_hex(parameters.salt)},
                   {"passes", parameters.passes},
                   {"memory", parameters.memory}}},
                 {"cipher", "xsalsa20-poly1305"},
                 {"nonce", to_hex(nonce)},
                 {"box", to_hex(box)}});
}

PublicKey KeyVault::public_key(ByteView key_file) {
  const Json json = read_file(key_file);
  return PublicKey::from_json(Fields(json, "key file", Code::trust_key).object("public"));
}

SecretKey KeyVault::open(ByteView key_file) {
  const Json json = read_file(key_file);
  const Fields fields(json, "key file", Code::trust_key);
  const Fields kdf = fields.fields("kdf");
  Secret::Parameters parameters;
  parameters.passes = kdf.number("passes");
  parameters.memory = kdf.number("memory");
  const Bytes salt = bytes_of(kdf.text("salt"));
  const Bytes nonce = bytes_of(fields.text("nonce"));
  const Bytes box = bytes_of(fields.text("box"));
  if (kdf.text("name") != "argon2id13" || fields.text("cipher") != "xsalsa20-poly1305" ||
      parameters.passes < crypto_pwhash_OPSLIMIT_MIN || parameters.passes > kMaxPasses ||
      parameters.memory < crypto_pwhash_MEMLIMIT_MIN || parameters.memory > kMaxMemory ||
      salt.size() != parameters.salt.size() || nonce.size() != crypto_secretbox_NONCEBYTES ||
      box.size() != crypto_secretbox_MACBYTES + kSecretSize) {
    refuse_key("the key file is damaged");
  }
  std::ranges::copy(salt, parameters.salt.begin());

  SecretMemory memory = secret_memory(kSecretSize);
  if (crypto_secretbox_open_easy(memory.get(), box.data(), box.size(), nonce.data(),
                                 secret_->derived(parameters)) != 0) {
    throw Error(Code::usage_passphrase);
  }
  secret_->own = parameters;  // Keys sealed from now on share the derivation just paid for.
  std::array<std::uint8_t, 32> bytes{};
  crypto_sign_ed25519_sk_to_pk(bytes.data(), memory.get());
  const PublicKey key(bytes);
  if (key.id() != PublicKey::from_json(fields.object("public")).id()) {
    refuse_key("the key file names another public key than it holds");
  }
  return {std::move(memory), key};
}

}  // namespace xppkg::trust
