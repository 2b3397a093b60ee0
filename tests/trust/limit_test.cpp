#include <sodium.h>
#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

using trust::PublicKey;
using trust::Schemes;

std::string tagged(char tag, const std::string& contents) {
  const std::size_t size = contents.size();
  return std::string{tag, '\x82', static_cast<char>(size >> 8), static_cast<char>(size & 0xff)} +
         contents;
}

/// The PEM of a public RSA key of so many bits: nobody has the private one.
std::string rsa_of(std::size_t bits) {
  const std::string modulus = std::string(1, '\0') + std::string(bits / 8, '\xff');
  const std::string exponent{'\x02', '\x03', '\x01', '\x00', '\x01'};
  const std::string algorithm{'\x30', '\x0d', '\x06', '\x09', '\x2a', '\x86', '\x48', '\x86',
                              '\xf7', '\x0d', '\x01', '\x01', '\x01', '\x05', '\x00'};
  const std::string numbers = tagged('\x30', tagged('\x02', modulus) + exponent);
  const std::string der =
      tagged('\x30', algorithm + tagged('\x03', std::string(1, '\0') + numbers));
  std::string text(sodium_base64_ENCODED_LEN(der.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(der.data()),
                    der.size(), sodium_base64_VARIANT_ORIGINAL);
  text.resize(text.find('\0'));
  std::string pem = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) pem += text.substr(at, 64) + "\n";
  return pem + "-----END PUBLIC KEY-----\n";
}

std::string read_rsa(const std::string& pem) {
  const Json key{
      {"keytype", "rsa"}, {"scheme", "rsassa-pss-sha256"}, {"keyval", {{"public", pem}}}};
  return error_of([&] { PublicKey::from_json(key, Schemes::all()); });
}

/// A targets role with so many keys, delegations and patterns in each of them.
Json delegating(std::size_t keys, std::size_t roles, std::size_t patterns) {
  Json json = trust::write_targets(Repository().package);
  Json& made = json["delegations"];
  made = {{"keys", Json::object()}, {"roles", Json::array()}};
  for (std::size_t i = 0; i < keys; ++i) made["keys"][std::to_string(i)] = Json::object();
  for (std::size_t i = 0; i < roles; ++i) {
    made["roles"].push_back({{"name", "role " + std::to_string(i)},
                             {"keyids", Json::array()},
                             {"threshold", 1U},
                             {"terminating", false},
                             {"paths", Json(patterns, "*")}});
  }
  return json;
}

std::string read_targets(const Json& json) {
  return error_of([&] { trust::read_targets(json); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limit)

BOOST_AUTO_TEST_CASE(number_of_keys_delegations_and_patterns_has_a_limit) {
  BOOST_TEST(read_targets(delegating(1024, 1, 1024)) == "");
  BOOST_TEST(read_targets(delegating(1025, 1, 1)) == "trust.malformed");
  BOOST_TEST(read_targets(delegating(1, 4097, 0)) == "trust.malformed");
  BOOST_TEST(read_targets(delegating(1, 1, 1025)) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(number_of_targets_has_a_limit) {
  Json json = trust::write_targets(Repository().package);
  const Json target = json["targets"].begin().value();
  for (int i = 0; i < 200'001; ++i) json["targets"][std::to_string(i)] = target;
  BOOST_TEST(read_targets(json) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(public_key_that_would_take_long_is_refused) {
  BOOST_TEST(read_rsa(rsa_of(2048)) == "");
  BOOST_TEST(read_rsa(rsa_of(8192)) == "");
  BOOST_TEST(read_rsa(rsa_of(8200)) == "trust.key");
  BOOST_TEST(read_rsa(std::string(20'000, 'A') + "\n" + rsa_of(2048)) == "trust.key");
}

BOOST_AUTO_TEST_CASE(threshold_of_zero_and_no_hash_let_nothing_pass) {
  const trust::Envelope envelope(Repository().publish().timestamp);
  BOOST_TEST(error_of([&] { envelope.check({{}, 0}, "timestamp"); }) == "trust.signature");
  BOOST_TEST(!trust::Hashes().match({}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
