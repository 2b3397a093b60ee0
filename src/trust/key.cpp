#include "trust/key.hpp"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <new>

#include "base/digest.hpp"

namespace xppkg::trust {
namespace {

constexpr std::size_t kSecretSize = crypto_sign_SECRETKEYBYTES;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxPasses = 16;

[[noreturn]] void refuse(const char* reason) {
  throw Error(Code::trust_key, {{"reason", reason}});
}

void start_sodium() {
  if (sodium_init() < 0) throw Error(Code::internal, {{"reason", "libsodium does not start"}});
}

std::uint8_t* locked(std::size_t size) {
  start_sodium();
  auto* memory = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

Bytes bytes_of(const std::string& hex) {
  try {
    return from_hex(hex);
  } catch (const Error&) {
    refuse("a field is not hex");
  }
}

std::array<std::uint8_t, 32> public_bytes(const std::string& hex) {
  const Bytes bytes = bytes_of(hex);
  std::array<std::uint8_t, 32> fixed{};
  if (bytes.size() != fixed.size()) refuse("the public key is not 32 bytes long");
  std::ranges::copy(bytes, fixed.begin());
  return fixed;
}

}  // namespace

PublicKey PublicKey::from_json(const Json& json) {
  const Fields fields(json, "key", Code::trust_key);
  if (fields.text("keytype") != "ed25519" || fields.text("scheme") != "ed25519") {
    refuse("only ed25519 keys are accepted");
  }
  PublicKey key(public_bytes(fields.fields("keyval").text("public")));
  // The id covers every member of the object, those that this version does not know too.
  key.id_ = sha256(as_bytes(canonical(json))).hex();
  return key;
}

PublicKey::PublicKey(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {
  id_ = sha256(as_bytes(canonical(to_json()))).hex();
}

Json PublicKey::to_json() const {
  return {{"keytype", "ed25519"}, {"scheme", "ed25519"}, {"keyval", {{"public", to_hex(bytes_)}}}};
}

bool PublicKey::verifies(ByteView message, ByteView signature) const {
  start_sodium();
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     bytes_.data()) == 0;
}

void SecretKey::Wipe::operator()(std::uint8_t* memory) const {
  sodium_free(memory);
}

SecretKey SecretKey::generate() {
  Memory memory(locked(kSecretSize));
  std::array<std::uint8_t, 32> bytes{};
  crypto_sign_keypair(bytes.data(), memory.get());
  return {std::move(memory), PublicKey(bytes)};
}

Bytes SecretKey::sign(ByteView message) const {
  Bytes signature(crypto_sign_BYTES);
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), memory_.get());
  return signature;
}

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
    SecretKey::Memory& key = keys[parameters];
    if (key) return key.get();
    key.reset(locked(crypto_secretbox_KEYBYTES));
    const int failed = crypto_pwhash(
        key.get(), crypto_secretbox_KEYBYTES, reinterpret_cast<const char*>(passphrase.get()), size,
        parameters.salt.data(), parameters.passes, static_cast<std::size_t>(parameters.memory),
        crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) {
      keys.erase(parameters);
      refuse("not enough memory to derive a key from the passphrase");
    }
    return key.get();
  }

  SecretKey::Memory passphrase;
  std::size_t size = 0;
  Parameters own;
  std::map<Parameters, SecretKey::Memory> keys;
};

KeyVault::KeyVault(std::string_view passphrase, Cost cost) : secret_(std::make_unique<Secret>()) {
  secret_->passphrase.reset(locked(std::max<std::size_t>(passphrase.size(), 1)));
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

SecretKey KeyVault::open(ByteView key_file) {
  const Json json = parse_strict(key_file, Code::trust_key);
  const Fields fields(json, "key file", Code::trust_key);
  if (fields.text("_type") != "xppkg-key" || fields.text("format") != "1.0") {
    refuse("not a key file of this version");
  }
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
    refuse("the key file is damaged");
  }
  std::ranges::copy(salt, parameters.salt.begin());

  SecretKey::Memory memory(locked(kSecretSize));
  if (crypto_secretbox_open_easy(memory.get(), box.data(), box.size(), nonce.data(),
                                 secret_->derived(parameters)) != 0) {
    throw Error(Code::usage_passphrase);
  }
  secret_->own = parameters;  // Keys sealed from now on share the derivation just paid for.
  std::array<std::uint8_t, 32> bytes{};
  crypto_sign_ed25519_sk_to_pk(bytes.data(), memory.get());
  const PublicKey key(bytes);
  if (key.id() != PublicKey::from_json(fields.object("public")).id()) {
    refuse("the key file names another public key than it holds");
  }
  return {std::move(memory), key};
}

}  // namespace xppkg::trust
