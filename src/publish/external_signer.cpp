#include "publish/external_signer.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "signer_process.hpp"

namespace xppkg::publish {
namespace {

constexpr std::size_t kMaxAnswer = 1024 * 1024;
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxErrorText = 200;

}  // namespace

class ExternalSigner::Conversation {
 public:
  Conversation(const std::string& command, std::chrono::seconds timeout)
      : command_(command), process_(split_command(command), timeout) {}

  Json ask(Json request) {
    request["xppkg_signer"] = "1.0";
    const std::string answer = process_.ask(request.dump(), kMaxAnswer);
    Json json = parse_strict(as_bytes(answer), Code::trust_key);
    const Fields fields(json, "answer of the signer", Code::trust_key);
    if (fields.has("error")) fail(fields.text("error").substr(0, kMaxErrorText));
    return json;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(Code::trust_key, {{"signer", command_}, {"reason", reason}});
  }

 private:
  std::string command_;
  SignerProcess process_;
};

class ExternalSigner::Key final : public trust::Signer {
 public:
  Key(trust::PublicKey key, Conversation& conversation)
      : key_(std::move(key)), conversation_(conversation) {}

  [[nodiscard]] const trust::PublicKey& public_key() const override { return key_; }

  [[nodiscard]] Bytes sign(ByteView message) const override {
    const Json answer = conversation_.ask(
        {{"request", "sign"}, {"keyid", key_.id()}, {"payload", to_hex(message)}});
    const std::string hex = Fields(answer, "answer of the signer", Code::trust_key)  //
                                .text("signature");
    Bytes signature;
    try {
      signature = from_hex(hex);
    } catch (const Error&) {
      conversation_.fail("the signature is not hex");
    }
    if (!key_.verifies(message, signature)) {
      conversation_.fail("the signature does not belong to the key " + key_.id());
    }
    return signature;
  }

 private:
  trust::PublicKey key_;
  Conversation& conversation_;
};

ExternalSigner::ExternalSigner(const std::string& command, std::chrono::seconds timeout)
    : conversation_(std::make_unique<Conversation>(command, timeout)) {
  const Json answer = conversation_->ask({{"request", "keys"}});
  for (const Json& key :
       Fields(answer, "answer of the signer", Code::trust_key).array("keys", kMaxKeys)) {
    signers_.push_back(std::make_unique<Key>(trust::PublicKey::from_json(key), *conversation_));
  }
}

ExternalSigner::~ExternalSigner() = default;

}  // namespace xppkg::publish
