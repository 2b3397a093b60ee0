#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

constexpr std::array kRoles{"root", "timestamp", "snapshot", "targets", "app"};

Bytes& file_of(Metadata& metadata, const std::string& role) {
  if (role == "root") return metadata.root;
  if (role == "timestamp") return metadata.timestamp;
  if (role == "snapshot") return metadata.snapshot;
  return role == "targets" ? metadata.targets : metadata.package;
}

/// The signature text of each of a file's signatures replaced.
void set_signatures(Bytes& file, const std::function<std::string(const std::string&)>& change) {
  Json json = Json::parse(file);
  for (Json& item : json["signatures"]) item["sig"] = change(item["sig"].get<std::string>());
  file = to_bytes(json.dump());
}

/// A repository whose snapshot and timestamp say nothing of lengths and hashes, so that only the
/// signature stands between an attacker and the client.
Repository without_hashes() {
  Repository repository;
  const auto strip = [](Json& json) {
    for (Json& meta : json["meta"]) {
      meta.erase("length");
      meta.erase("hashes");
    }
  };
  repository.edits["snapshot"] = strip;
  repository.edits["timestamp"] = strip;
  return repository;
}

template <typename Change>
void for_each_role(const Change& change, const std::string& expected) {
  const Metadata good = without_hashes().publish();
  for (const std::string role : kRoles) {
    Metadata metadata = good;
    change(file_of(metadata, role));
    BOOST_TEST(error_of([&] { walk(metadata); }) == expected, role);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signature)

BOOST_AUTO_TEST_CASE(sound_repository_is_trusted_with_and_without_hashes) {
  BOOST_TEST(error_of([] { walk(Repository().publish()); }) == "");
  BOOST_TEST(error_of([] { walk(without_hashes().publish()); }) == "");
}

BOOST_AUTO_TEST_CASE(unsigned_metadata_of_any_role_is_refused) {
  for_each_role(
      [](Bytes& file) {
        Json json = Json::parse(file);
        json["signatures"] = Json::array();
        file = to_bytes(json.dump());
      },
      "trust.signature");
}

BOOST_AUTO_TEST_CASE(metadata_without_the_list_of_signatures_is_refused) {
  for_each_role(
      [](Bytes& file) {
        Json json = Json::parse(file);
        json.erase("signatures");
        file = to_bytes(json.dump());
      },
      "trust.malformed");
}

BOOST_AUTO_TEST_CASE(empty_short_long_and_altered_signatures_are_refused) {
  const auto with = [](const std::function<std::string(const std::string&)>& change) {
    for_each_role([&](Bytes& file) { set_signatures(file, change); }, "trust.signature");
  };
  with([](const std::string&) { return std::string(); });
  with([](const std::string& hex) { return hex.substr(2); });
  with([](const std::string& hex) { return hex + "00"; });
  with([](const std::string&) { return std::string(128, '0'); });
  with([](const std::string& hex) { return (hex[0] == 'a' ? "b" : "a") + hex.substr(1); });
}

BOOST_AUTO_TEST_CASE(signature_that_is_no_lower_case_hex_counts_for_nothing) {
  for_each_role(
      [](Bytes& file) { set_signatures(file, [](const std::string& hex) { return "zz" + hex; }); },
      "trust.signature");
  for_each_role(
      [](Bytes& file) { set_signatures(file, [](const std::string&) { return "ABCD"; }); },
      "trust.signature");
}

BOOST_AUTO_TEST_CASE(value_changed_after_signing_is_refused) {
  for_each_role(
      [](Bytes& file) {
        Json json = Json::parse(file);
        json["signed"]["more"] = 1;
        file = to_bytes(json.dump());
      },
      "trust.signature");
}

BOOST_AUTO_TEST_CASE(signature_of_a_strangers_key_is_refused_for_every_role) {
  for (const std::string role : kRoles) {
    Repository repository = without_hashes();
    repository.signers[role] = {&repository.stranger};
    BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.signature", role);
  }
}

BOOST_AUTO_TEST_CASE(strangers_signature_under_a_trusted_key_id_is_refused) {
  Repository repository = without_hashes();
  repository.signers["snapshot"] = {&repository.stranger};
  Metadata metadata = repository.publish();
  Json json = Json::parse(metadata.snapshot);
  json["signatures"][0]["keyid"] = repository.snapshot_key.public_key().id();
  metadata.snapshot = to_bytes(json.dump());
  BOOST_TEST(error_of([&] { walk(metadata); }) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(signature_by_another_roles_key_is_refused) {
  Repository repository = without_hashes();
  repository.signers["targets"] = {&repository.package_key, &repository.snapshot_key};
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(file_of_another_role_is_refused_though_its_signature_is_good) {
  Repository repository = without_hashes();
  repository.root.roles["snapshot"] = repository.only(repository.targets_key);
  repository.signers["snapshot"] = {&repository.targets_key};
  Metadata metadata = repository.publish();
  metadata.snapshot = metadata.targets;
  BOOST_TEST(error_of([&] { walk(metadata); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(threshold_of_two_needs_two_different_keys) {
  Repository repository = without_hashes();
  repository.root.roles["targets"].keys.push_back(repository.stranger.public_key());
  repository.root.roles["targets"].threshold = 2;
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.signature");
  repository.signers["targets"] = {&repository.targets_key, &repository.stranger};
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "");
}

BOOST_AUTO_TEST_CASE(one_key_that_signs_twice_does_not_meet_a_threshold_of_two) {
  Repository repository = without_hashes();
  repository.root.roles["targets"].keys.push_back(repository.stranger.public_key());
  repository.root.roles["targets"].threshold = 2;
  repository.signers["targets"] = {&repository.targets_key, &repository.targets_key};
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(one_key_under_two_ids_is_refused) {
  Repository repository = without_hashes();
  repository.edits["root"] = [&](Json& json) {
    Json twin = repository.targets_key.public_key().to_json();
    twin["note"] = "another id for the same key";
    const std::string id = trust::PublicKey::from_json(twin).id();
    json["keys"][id] = twin;
    json["roles"]["targets"]["keyids"].push_back(id);
    json["roles"]["targets"]["threshold"] = 2;
  };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(role_that_names_a_key_id_twice_is_refused) {
  Repository repository = without_hashes();
  repository.edits["root"] = [](Json& json) {
    Json& ids = json["roles"]["targets"]["keyids"];
    ids.push_back(ids[0]);
  };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(key_id_twice_is_refused_even_where_its_key_cannot_be_used) {
  Repository repository;
  repository.edits["root"] = [](Json& json) {
    json["keys"]["future"] = Json::object();
    for (int i = 0; i < 2; ++i) json["roles"]["targets"]["keyids"].push_back("future");
  };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(key_under_an_id_that_is_not_its_own_counts_for_nothing) {
  Repository repository = without_hashes();
  Metadata metadata = repository.publish();
  const std::string id = std::string(64, 'a');
  repository.edits["root"] = [&](Json& json) {
    json["keys"][id] = repository.targets_key.public_key().to_json();
    json["roles"]["targets"]["keyids"] = {id};
  };
  metadata.root = repository.publish().root;
  BOOST_TEST(error_of([&] { walk(metadata); }) == "trust.signature");
  Json targets = Json::parse(metadata.targets);
  targets["signatures"][0]["keyid"] = id;
  metadata.targets = to_bytes(targets.dump());
  BOOST_TEST(error_of([&] { walk(metadata); }) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(key_of_a_scheme_of_the_future_counts_for_nothing_and_hinders_nobody) {
  Repository repository = without_hashes();
  const auto with_threshold = [&](int threshold) {
    repository.edits["root"] = [threshold](Json& json) {
      json["keys"]["future"] = {{"keytype", "pq"}, {"scheme", "pq"}, {"keyval", {{"x", "y"}}}};
      json["roles"]["targets"]["keyids"].push_back("future");
      json["roles"]["targets"]["threshold"] = threshold;
    };
    return error_of([&] { walk(repository.publish()); });
  };
  BOOST_TEST(with_threshold(1) == "");
  BOOST_TEST(with_threshold(2) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(key_of_another_scheme_or_length_is_refused) {
  const auto key_with = [](const char* field, const std::string& value) {
    Json key = trust::SecretKey::generate().public_key().to_json();
    if (std::string(field) == "public") {
      key["keyval"]["public"] = value;
    } else {
      key[field] = value;
    }
    return error_of([&] { trust::PublicKey::from_json(key); });
  };
  BOOST_TEST(key_with("keytype", "rsa") == "trust.key");
  BOOST_TEST(key_with("scheme", "none") == "trust.key");
  BOOST_TEST(key_with("public", "") == "trust.key");
  BOOST_TEST(key_with("public", std::string(62, 'a')) == "trust.key");
  BOOST_TEST(key_with("public", std::string(66, 'a')) == "trust.key");
  BOOST_TEST(key_with("public", std::string(64, 'Z')) == "trust.key");
}

// A key of small order verifies a signature that nobody made (CVE-2025-69277 and its like).
BOOST_AUTO_TEST_CASE(key_of_small_order_verifies_nothing) {
  std::array<std::uint8_t, 32> identity{};
  identity[0] = 1;
  Bytes signature(64);
  signature[0] = 1;
  for (const auto& bytes : {identity, std::array<std::uint8_t, 32>{}}) {
    BOOST_TEST(!trust::PublicKey(bytes).verifies(as_bytes("anything"), signature));
  }
}

BOOST_AUTO_TEST_CASE(too_many_signatures_are_refused) {
  for_each_role(
      [](Bytes& file) {
        Json json = Json::parse(file);
        for (int i = 0; i < 64; ++i) {
          json["signatures"].push_back({{"keyid", std::to_string(i)}, {"sig", ""}});
        }
        file = to_bytes(json.dump());
      },
      "trust.malformed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
