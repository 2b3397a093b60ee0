#include "known_decision.hpp"

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "site_keys.hpp"
#include "test_installation.hpp"

namespace xppkg::client {
namespace {

struct Fixture : test::TestInstallation {
  fs::FileSystem& disk = fs::native();

  Fixture() {
    publish();
    init();
  }
  [[nodiscard]] std::optional<KnownDecision> load(const std::string& database = "db") const {
    return load_known_decision(disk, layout.known_decision(), database);
  }
};

const std::vector<std::string> kDamaged{
    "",
    "{",
    "[]",
    "null",
    "{\"counter\": 1}",
    std::string(9000, '{'),
    "\xff\xfe",
    R"({"database": "db", "counter": -1, "version": "1", "policy": "required"})",
    R"({"database": "db", "counter": 1, "version": "1", "policy": "perhaps"})",
    R"({"database": 7, "counter": "1", "version": [], "policy": {}})"};

const std::string kSite(32, 'a');

site::Decision decision() {
  site::Decision made;
  made.counter = 3;
  made.package = "app";
  made.version = "1.0";
  made.who = "anna";
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(known_decision, Fixture)

BOOST_AUTO_TEST_CASE(decision_is_known_again_for_the_same_database_only) {
  BOOST_TEST(!load().has_value());
  save_known_decision(disk, layout.known_decision(),
                      {"db", 12, "1.0", Policy::recommended, 1'700'000'000, kSite});
  BOOST_TEST(load()->counter == 12u);
  BOOST_TEST(load()->version == "1.0");
  BOOST_TEST((load()->policy == Policy::recommended));
  BOOST_TEST(load()->at == 1'700'000'000);
  BOOST_TEST(load()->site == kSite);
  BOOST_TEST(!load("another").has_value());
}

BOOST_AUTO_TEST_CASE(damaged_and_huge_files_are_as_none) {
  for (const std::string& text : kDamaged) {
    test::write_text(layout.known_decision(), text);
    BOOST_TEST(!load().has_value(), text);
  }
  std::filesystem::resize_file(layout.known_decision(), std::uintmax_t{1} << 40);
  BOOST_TEST(!load().has_value());
}

BOOST_AUTO_TEST_CASE(damaged_site_keys_are_an_error_and_never_no_keys) {
  BOOST_TEST(!load_site_keys(disk, layout).are_required);
  std::vector<std::string> damaged = kDamaged;
  damaged.emplace_back(R"({"require_signed_decisions": "no", "site": "", "keys": []})");
  damaged.emplace_back(R"({"require_signed_decisions": true, "site": "", "keys": [{}]})");
  damaged.emplace_back(R"({"require_signed_decisions": true, "site": ""})");
  damaged.emplace_back(R"({"require_signed_decisions": true, "keys": []})");
  damaged.emplace_back(R"({"require_signed_decisions": true, "site": "ABC", "keys": []})");
  for (const std::string& text : damaged) {
    test::write_text(layout.site_keys(), text);
    BOOST_TEST(test::error_of([&] { load_site_keys(disk, layout); }) == "corrupt.state", text);
  }
  std::filesystem::resize_file(layout.site_keys(), std::uintmax_t{1} << 40);
  BOOST_TEST(test::error_of([&] { load_site_keys(disk, layout); }) != "");
}

BOOST_AUTO_TEST_CASE(signature_of_a_trusted_key_counts_and_nothing_like_it) {
  const auto key = trust::SecretKey::generate();
  const auto stranger = trust::SecretKey::generate();
  const SiteKeys keys{{key.public_key()}, true, kSite};
  const auto refused = [&](const std::string& signature) {
    site::Decision made = decision();
    made.signature = signature;
    return test::error_of([&] { check_signature(keys, made); });
  };
  const std::string good = sign(decision(), kSite, key);
  BOOST_TEST(refused(good) == "");
  BOOST_TEST(refused(sign(decision(), kSite, stranger)) == "decision.signature");
  const std::string id = key.public_key().id();
  const std::string strangers = sign(decision(), kSite, stranger);
  for (const std::string& text : {std::string(), id, id + ":", id + ":zz", id + ":00", ":" + good,
                                  good + "00", id + strangers.substr(strangers.find(':')),
                                  good.substr(0, good.size() - 2), std::string(5000, ':')}) {
    BOOST_TEST(refused(text) == "decision.signature", text);
  }
}

BOOST_AUTO_TEST_CASE(signature_counts_for_its_own_site_only) {
  const auto key = trust::SecretKey::generate();
  site::Decision made = decision();
  made.signature = sign(made, kSite, key);
  const auto refused = [&](const std::string& site) {
    return test::error_of([&] { check_signature({{key.public_key()}, true, site}, made); });
  };
  BOOST_TEST(refused(kSite) == "");
  BOOST_TEST(refused(std::string(32, 'b')) == "decision.signature");
  BOOST_TEST(refused("") == "decision.signature");
  made.signature = sign(made, "", key);
  BOOST_TEST(refused("") == "decision.signature");  // Of no site is of any.
}

BOOST_AUTO_TEST_CASE(decision_that_was_made_later_follows_where_nobody_signs) {
  site::Decision made = decision();
  made.counter = 3;
  made.at = 1'700'000'100;
  const auto is_followed = [&](std::uint64_t counter, trust::Time at, bool are_signed) {
    return follows(made, {"db", counter, "1.0", Policy::required, at}, are_signed);
  };
  BOOST_TEST(is_followed(3, 1'800'000'000, false));
  BOOST_TEST(is_followed(900, 1'700'000'099, false));
  BOOST_TEST(!is_followed(900, 1'700'000'100, false));
  BOOST_TEST(!is_followed(900, 1'700'000'099, true));
  BOOST_TEST(is_followed(2, 1'800'000'000, true));
}

BOOST_AUTO_TEST_CASE(without_the_requirement_signatures_are_not_looked_at) {
  check_signature({}, decision());
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::client
