#include <boost/test/unit_test.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "trust/key_vault.hpp"

namespace xppkg::test {
namespace {

using trust::KeyVault;
using trust::SecretKey;

/// A key file as cheap as the algorithm allows: its parameters are those that the file names.
struct Fixture {
  KeyVault vault{"correct horse", KeyVault::Cost::interactive};
  SecretKey key = SecretKey::generate();
  Json file = Json::parse(vault.seal(key));

  std::string open(const Json& json) {
    return error_of([&] { static_cast<void>(vault.open(as_bytes(json.dump()))); });
  }
  /// A file whose member at `pointer` is `value`.
  std::string with(const char* pointer, const Json& value) {
    Json changed = file;
    changed[Json::json_pointer(pointer)] = value;
    return open(changed);
  }
  std::string without(const char* pointer) {
    Json changed = file;
    const Json::json_pointer place(pointer);
    changed[place.parent_pointer()].erase(place.back());
    return open(changed);
  }
  [[nodiscard]] std::string flipped(const char* pointer) const {
    auto text = file[Json::json_pointer(pointer)].get<std::string>();
    text[5] = text[5] == '0' ? '1' : '0';
    return text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_vault, Fixture)

BOOST_AUTO_TEST_CASE(sealed_key_opens_with_the_right_passphrase_and_signs) {
  KeyVault other("correct horse", KeyVault::Cost::interactive);
  const SecretKey opened = other.open(as_bytes(file.dump()));
  BOOST_TEST(opened.public_key().id() == key.public_key().id());
  const Bytes signature = opened.sign(as_bytes("message"));
  BOOST_TEST(key.public_key().verifies(as_bytes("message"), signature));
  BOOST_TEST(!key.public_key().verifies(as_bytes("another"), signature));
  BOOST_TEST(!SecretKey::generate().public_key().verifies(as_bytes("message"), signature));
}

BOOST_AUTO_TEST_CASE(file_does_not_hold_the_secret_or_the_passphrase) {
  const std::string text = file.dump();
  BOOST_TEST(text.find("correct horse") == std::string::npos);
  BOOST_TEST(file["box"].get<std::string>().size() == 2 * (16 + 64));
  BOOST_TEST(Json::parse(vault.seal(key))["box"] != file["box"]);
}

BOOST_AUTO_TEST_CASE(wrong_passphrase_is_refused) {
  for (const char* wrong : {"", "correct hors", "Correct horse", "correct horse "}) {
    KeyVault other(wrong, KeyVault::Cost::interactive);
    const auto open = [&] { static_cast<void>(other.open(as_bytes(file.dump()))); };
    BOOST_TEST(error_of(open) == "usage.passphrase", wrong);
  }
}

BOOST_AUTO_TEST_CASE(each_damaged_field_is_found) {
  BOOST_TEST(with("/_type", "other") == "trust.key");
  BOOST_TEST(with("/format", "2.0") == "trust.key");
  BOOST_TEST(with("/cipher", "none") == "trust.key");
  BOOST_TEST(with("/kdf/name", "md5") == "trust.key");
  BOOST_TEST(with("/kdf/passes", 0) == "trust.key");
  BOOST_TEST(with("/kdf/salt", "") == "trust.key");
  BOOST_TEST(with("/kdf/salt", "zz") == "trust.key");
  BOOST_TEST(with("/nonce", "00") == "trust.key");
  BOOST_TEST(with("/nonce", "no hex") == "trust.key");
  BOOST_TEST(with("/box", "") == "trust.key");
  BOOST_TEST(with("/box", 5) == "trust.key");
  BOOST_TEST(with("/public", Json::object()) == "trust.key");
  BOOST_TEST(with("/public", SecretKey::generate().public_key().to_json()) == "trust.key");
  for (const char* field : {"/box", "/nonce", "/kdf/salt"}) {
    BOOST_TEST(with(field, flipped(field)) == "usage.passphrase", field);
  }
  for (const char* field : {"/_type", "/format", "/cipher", "/kdf", "/kdf/name", "/kdf/salt",
                            "/kdf/passes", "/kdf/memory", "/nonce", "/box", "/public"}) {
    BOOST_TEST(without(field) == "trust.key", field);
  }
  const auto garbage = [&] { static_cast<void>(vault.open(as_bytes("garbage"))); };
  BOOST_TEST(error_of(garbage) == "trust.key");
}

BOOST_AUTO_TEST_CASE(absurd_cost_is_refused_at_once) {
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(with("/kdf/memory", std::uint64_t{1} << 40) == "trust.key");
  BOOST_TEST(with("/kdf/memory", (std::uint64_t{1} << 30) + 1) == "trust.key");
  BOOST_TEST(with("/kdf/memory", 1) == "trust.key");
  BOOST_TEST(with("/kdf/passes", 1'000'000) == "trust.key");
  BOOST_TEST(with("/kdf/passes", 17) == "trust.key");
  const auto spent = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(std::chrono::duration<double>(spent).count() < 1.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
