#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

using trust::PublicKey;
using trust::Schemes;

// Made with OpenSSL's command line; the signed text is "message".
const std::string kEcKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE30TsD2Gwl3NiTO6xthDc3349cecd\n"
    "x3Y/EbdC00nZQKLhPRFhG7LWVXhpNrYOh2sgd6Rk87McD4R7BQKWpnlvCg==\n"
    "-----END PUBLIC KEY-----\n";
// The same key, its point written in the two other forms.
const std::string kEcKeyCompressed =
    "-----BEGIN PUBLIC KEY-----\n"
    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAC30TsD2Gwl3NiTO6xthDc3349cecd\n"
    "x3Y/EbdC00nZQKI=\n"
    "-----END PUBLIC KEY-----\n";
const std::string kEcKeyHybrid =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAG30TsD2Gwl3NiTO6xthDc3349cecd\n"
    "x3Y/EbdC00nZQKLhPRFhG7LWVXhpNrYOh2sgd6Rk87McD4R7BQKWpnlvCg==\n"
    "-----END PUBLIC KEY-----\n";
const std::string kEcSignature =
    "3045022100c999ad8b11cbb0db37c9fac752b91fe98b0fd1ed50e77fefbed9c46756f2450202201222da19ca"
    "ad72dd69332236bf78129ef0d80c4102241800a8b78e484fea469b";
const std::string kRsaKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA8QHOrT+enZxfDxWSrZ5b\n"
    "BK15jg06+KbKzF7wqNZUwggnSU01CR1yGhphr/c5yV/ZyfmZ9ln1Jd0MFd0YrfgZ\n"
    "xNKvmM4vf7KASD4bse6aFpWgmd2hQvaFI3JnKVtyW1AB0MJknu4ktffR6jO4M2iW\n"
    "AXWv7r84VR+S2fdG0FX7YhXqBQThxcrZzqfryyoI72F4jJ+AEukg4fJWXD99mGRW\n"
    "o+cq1LqkHvJMeFZFuXm4xErlM0z7vMBEd5iMPQ9W5xxKgTcOyvLCGNW12Zi+13Nz\n"
    "l6r2a39gAIZIGx9y2jENLIy1dH2CxC64LFm5EZsTc4cLltVE/9E528tBtDg80HDo\n"
    "eQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const std::string kPssSignature =
    "638b15d3a0af1fbf95d4ebee3fa1919e5ef1ef6d1c08027870720ac97d11bac995d7240391a1e8b70a8da12c"
    "74a7151b0b6dd29c7d6a78c6a07c814c1e5c8b4140e46767ec9ee6ee72b24d744c939a3be5cf15caa8f9e010"
    "049dfcca5df8fff63380eeb542d73824c117eda01c6360b23bdde50373bbc391e5d7808a577413848bd2f5cc"
    "667fd53f30b60b9615a813d2e5a15dcd80dea7452697db050c14cead9d3251a74d22c37bdf5270749ea6e32d"
    "4fc965366f0ac5596ab0d49c4e501eb3321773ac1f56f90570a65f8d31f02d690816132fe67639fcb3d99808"
    "b139dffb8295d031b2ede335489b414573a91a7bc52b7b4e7bbcab66ac3edd97ede73b92";
const std::string kPssLongSaltSignature =
    "e6b884201085609fdc7462d1c617a7594964be3088accf48390d0646cecb02db428171a601240726bf4ec6d7"
    "e1fac9a24b42bec8b5a830624b6a4c25f6bf13e74ec70e07fd388829651f20b54f1bb3e586f52e2ee6922b9d"
    "2ed63631ce9e2d814b8cbb5f90113988e6f195435de4660ff0dea46d45a7e20c05a0a8023b71c96bf1a7ed80"
    "4f8c56ec8e6d56daf9eb1b3953cd2ed3c8bd2cd790b2cd62f66101d097ead153fc7444fec749c8f8dd2bbda3"
    "3b796aee5be6c18fa5ed0cffe3a274360cd173c3a7a620529164da87d04b0f07c185b0f4049b48a54e156415"
    "a0d4c2df25cb38f8f622fd8d50e2359e32ea2865687c832a0a696866faf23c4b392c013e";
const std::string kPkcs1Signature =
    "119008dba92bd9880dac52fb3ff4b36fd09d5ff0cfdda8cf46fd4d39a7c9eae965d7669d75562ac9029c0c9c"
    "f0f76044f5d7a744a1d246cfe8382f09ed3731a3bb5891d2d89086ed797ecf7f7f5398e45e259ef0b23e5eef"
    "9e145b2816656150977089a780d9464bc9c87cb671e2861c66804b25b4f5c6ab6cd635e57861a563ce1fc91c"
    "d1660a04059a926cbf1a401659a7abe31a0b25e845a932bcf3b0566ba15f5a796837b6bfa9b7a4af329e32ab"
    "5225bbba49fe5e5230e9ab5a3fddf3e9e08acf72d826cc389da3a9f6035f7b4b1c603c2ab71972b7ef6c3ba9"
    "f24b97036fb0ef09c49fac0f2182af9a9f12346be348f12169f31f30d00f392b0e1af357";
const std::string kShortRsaKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDUoEvhYH556msBJStB7e7sBWZ3\n"
    "d82JoZ560qbUIDgdsvFTERCQ9uytMSg5U8UoMtwpKnnBLH6qd6F1SmyCQZtbAQVR\n"
    "w07DYi6Pm1PBL36k3MYacrKKv+bC6KUy3nvFX1h+vCpXt6zGHVLxQ0Q3aLaAp7gK\n"
    "XCUilMp/vD+AQmeWvwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const std::string kOtherCurveKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE0osh7yV1mzbwacMXvYFEAunbyPMXGA5r\n"
    "GAL++abs3sy4lacg4cJdHRFKi7YZs88Dk5W3FradGmVyNTrlOSx/LdzMXLPbTSXo\n"
    "n4PpEO8FZoh2ghWsSWG53DcsfmSJ/LD/\n"
    "-----END PUBLIC KEY-----\n";

Json key(const char* keytype, const char* scheme, const std::string& pem) {
  return {{"keytype", keytype}, {"scheme", scheme}, {"keyval", {{"public", pem}}}};
}
Json ec_key(const std::string& pem = kEcKey) {
  return key("ecdsa", "ecdsa-sha2-nistp256", pem);
}
Json rsa_key(const std::string& pem = kRsaKey) {
  return key("rsa", "rsassa-pss-sha256", pem);
}

std::string read(const Json& json, Schemes allowed) {
  return error_of([&] { PublicKey::from_json(json, allowed); });
}

bool verifies(const Json& json, const std::string& signature, const char* text = "message") {
  return PublicKey::from_json(json, Schemes::all()).verifies(as_bytes(text), from_hex(signature));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scheme)

BOOST_AUTO_TEST_CASE(products_take_ed25519_and_nothing_else) {
  BOOST_TEST(read(trust::SecretKey::generate().public_key().to_json(), Schemes::production()) ==
             "");
  BOOST_TEST(read(ec_key(), Schemes::production()) == "trust.key");
  BOOST_TEST(read(rsa_key(), Schemes::production()) == "trust.key");
}

BOOST_AUTO_TEST_CASE(other_schemes_verify_where_they_are_allowed) {
  BOOST_TEST(verifies(ec_key(), kEcSignature));
  BOOST_TEST(verifies(key("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", kEcKey), kEcSignature));
  BOOST_TEST(verifies(rsa_key(), kPssSignature));
  BOOST_TEST(verifies(rsa_key(), kPssLongSaltSignature));
}

BOOST_AUTO_TEST_CASE(signature_of_another_text_key_form_or_scheme_is_refused) {
  for (const auto& [json, signature] :
       {std::pair{ec_key(), kEcSignature}, std::pair{rsa_key(), kPssSignature}}) {
    BOOST_TEST(!verifies(json, signature, "massage"));
    BOOST_TEST(!verifies(json, ""));
    BOOST_TEST(!verifies(json, signature.substr(2)));
    BOOST_TEST(!verifies(json, signature + "00"));
    std::string flipped = signature;
    flipped[20] = flipped[20] == '0' ? '1' : '0';
    BOOST_TEST(!verifies(json, flipped));
  }
  BOOST_TEST(!verifies(rsa_key(), kPkcs1Signature));
  BOOST_TEST(!verifies(rsa_key(), kEcSignature));
  BOOST_TEST(!verifies(ec_key(), kPssSignature));
}

BOOST_AUTO_TEST_CASE(key_that_is_not_one_of_its_scheme_is_refused) {
  for (const std::string& pem : {kRsaKey, kShortRsaKey, kOtherCurveKey, std::string(),
                                 std::string("-----BEGIN PUBLIC KEY-----"), kEcKey.substr(0, 90),
                                 std::string(20'000, 'A')}) {
    BOOST_TEST(read(ec_key(pem), Schemes::all()) == "trust.key", pem);
  }
  for (const std::string& pem : {kEcKey, kShortRsaKey, kOtherCurveKey}) {
    BOOST_TEST(read(rsa_key(pem), Schemes::all()) == "trust.key", pem);
  }
  BOOST_TEST(read(key("rsa", "rsa-pkcs1v15-sha256", kRsaKey), Schemes::all()) == "trust.key");
  BOOST_TEST(read(key("rsa", "ecdsa-sha2-nistp256", kEcKey), Schemes::all()) == "trust.key");
  BOOST_TEST(read(key("ed25519", "rsassa-pss-sha256", kRsaKey), Schemes::all()) == "trust.key");
}

BOOST_AUTO_TEST_CASE(keys_are_the_same_by_what_they_are_and_not_by_how_they_are_written) {
  const PublicKey one = PublicKey::from_json(ec_key(), Schemes::all());
  const PublicKey two = PublicKey::from_json(ec_key("text before\n" + kEcKey), Schemes::all());
  BOOST_TEST(one.id() != two.id());
  BOOST_TEST(one.same_key_as(two));
  BOOST_TEST(!one.same_key_as(PublicKey::from_json(rsa_key(), Schemes::all())));
}

BOOST_AUTO_TEST_CASE(ecdsa_key_is_one_key_in_whatever_form_its_point_is_written) {
  const auto plain = trust::PublicKey::from_json(ec_key(), Schemes::all());
  for (const std::string& pem : {kEcKeyCompressed, kEcKeyHybrid}) {
    const auto other = trust::PublicKey::from_json(ec_key(pem), Schemes::all());
    BOOST_TEST(other.id() != plain.id());
    BOOST_TEST(other.same_key_as(plain), pem);
  }
}

BOOST_AUTO_TEST_CASE(role_of_ecdsa_keys_is_trusted_only_where_that_is_allowed) {
  Repository repository;
  repository.edits["root"] = [](Json& json) {
    const PublicKey other = PublicKey::from_json(ec_key(), Schemes::all());
    json["keys"][other.id()] = other.to_json();
    json["roles"]["targets"]["keyids"].push_back(other.id());
  };
  const Metadata metadata = repository.publish();
  const auto keys_of_targets = [&](Schemes allowed) {
    return trust::TrustedSet(metadata.root, kNow, allowed).root().roles.at("targets").keys.size();
  };
  BOOST_TEST(keys_of_targets(Schemes::production()) == 1u);
  BOOST_TEST(keys_of_targets(Schemes::all()) == 2u);
}

BOOST_AUTO_TEST_CASE(delegated_ecdsa_key_is_trusted_only_where_that_is_allowed) {
  Repository repository;
  repository.edits["targets"] = [](Json& json) {
    const PublicKey other = PublicKey::from_json(ec_key(), Schemes::all());
    json["delegations"]["keys"][other.id()] = other.to_json();
    json["delegations"]["roles"][0]["keyids"].push_back(other.id());
  };
  const Metadata metadata = repository.publish();
  const auto keys_of_package = [&](Schemes allowed) {
    trust::TrustedSet set(metadata.root, kNow, allowed);
    set.update_timestamp(metadata.timestamp);
    set.update_snapshot(metadata.snapshot, trust::TrustedSet::Origin::remote);
    set.update_targets(metadata.targets);
    return set.delegation("app")->keys.keys.size();
  };
  BOOST_TEST(keys_of_package(Schemes::production()) == 1u);
  BOOST_TEST(keys_of_package(Schemes::all()) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
