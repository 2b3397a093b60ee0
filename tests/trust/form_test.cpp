#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(metadata_with_control_characters_and_unicode_verifies_in_its_canonical_form) {
  Repository repository;
  repository.edits["app"] = [](Json& json) {
    json["comment"] =
        std::string("tab\t line\n quote\" back\\ del\x7f nul\0 \xc3\xa9\xf0\x9f\x98\x80", 40);
  };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "");
}

BOOST_AUTO_TEST_CASE(white_space_and_order_of_members_do_not_matter_to_a_signature) {
  Repository repository;
  Metadata metadata = repository.publish();
  metadata.timestamp = to_bytes("\n " + Json::parse(metadata.timestamp).dump(7) + "\t\n");
  BOOST_TEST(error_of([&] { walk_to_timestamp(metadata); }) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_strict_json_is_refused_before_its_signature_is_looked_at) {
  const std::string good(as_text(Repository().publish().timestamp));
  const auto offered = [&](const std::string& text) {
    Metadata metadata = Repository().publish();
    metadata.timestamp = to_bytes(text);
    return error_of([&] { walk_to_timestamp(metadata); });
  };
  std::string doubled = good;
  doubled.replace(doubled.find("\"signed\""), 8, "\"signed\":{},\"signed\"");
  std::string fraction = good;
  fraction.replace(fraction.find("\"version\":1"), 11, "\"version\":1.0");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("null"), good + "{}", good.substr(0, 40),
        doubled, fraction, std::string("{\"signed\":[],\"signatures\":[]}")}) {
    BOOST_TEST(offered(text) == "trust.malformed", text);
  }
}

BOOST_AUTO_TEST_CASE(versions_over_the_range_of_json_integers_are_refused) {
  for (const char* version : {"9007199254740992", "9223372036854775808", "18446744073709551616",
                              "18446744073709551617", "1e2", "-1", "-0"}) {
    std::string text(as_text(Repository().publish().timestamp));
    const std::size_t at = text.rfind("\"version\":1");
    text.replace(at, 11, std::string("\"version\":") + version);
    Metadata metadata = Repository().publish();
    metadata.timestamp = to_bytes(text);
    const std::string error = error_of([&] { walk_to_timestamp(metadata); });
    const bool is_form = std::string(version) != "-1";
    BOOST_TEST(error == (is_form ? "trust.malformed" : "trust.signature"), version);
  }
}

BOOST_AUTO_TEST_CASE(writers_and_readers_of_all_roles_agree) {
  Repository repository;
  repository.timestamp.issued = kNow;
  repository.timestamp.snapshot = {7, 99, sha256({})};
  const auto timestamp = trust::read_timestamp(trust::write_timestamp(repository.timestamp));
  BOOST_TEST(timestamp.issued == kNow);
  BOOST_TEST(timestamp.snapshot.version == 7u);
  BOOST_TEST(timestamp.snapshot.length.value() == 99u);
  BOOST_TEST((timestamp.snapshot.hashes.sha256.value() == sha256({})));
  const auto root = trust::read_root(trust::write_root(repository.root));
  BOOST_TEST(root.roles.size() == 4u);
  BOOST_TEST(root.expires == repository.root.expires);
  const auto targets = trust::read_targets(trust::write_targets(repository.targets));
  BOOST_TEST(targets.delegations.at(0).name == "app");
  BOOST_TEST(targets.delegations.at(0).terminating);
  BOOST_TEST(targets.delegations.at(0).paths.at(0) == "app/*/*/*");
}

BOOST_AUTO_TEST_CASE(times_are_read_in_one_form_only) {
  BOOST_TEST(trust::parse_time("2023-11-14T22:13:20Z") == 1'700'000'000);
  BOOST_TEST(trust::format_time(1'700'000'000) == "2023-11-14T22:13:20Z");
  BOOST_TEST(trust::format_time(-1) == "1969-12-31T23:59:59Z");
  BOOST_TEST(trust::parse_time("1969-12-31T23:59:59Z") == -1);
  BOOST_TEST(trust::parse_time("2024-02-29T00:00:00Z") == 1'709'164'800);
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+00:00",
        "2023-11-14t22:13:20Z", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z",
        "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z", "2023-11-14T22:13:60Z",
        "2023-11-14T22:13:20.5Z", "+023-11-14T22:13:20Z", "2023-11-14T22:13:20Z "}) {
    BOOST_TEST(error_of([&] { static_cast<void>(trust::parse_time(text)); }) == "trust.malformed",
               text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
