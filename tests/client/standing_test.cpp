#include <boost/test/unit_test.hpp>

#include "believed.hpp"
#include "failure.hpp"
#include "test_installation.hpp"
#include "trust/secret_key.hpp"

namespace xppkg::client {
namespace {

constexpr trust::Time kNow = 1'900'000'000;

/// An installation that trusts a site key, and its site's database.
struct Fixture : test::TestInstallation {
  fs::FileSystem& disk = fs::native();
  trust::SecretKey key = trust::SecretKey::generate();
  std::unique_ptr<site::SiteDatabase> database;

  Fixture() {
    publish();
    init();
    config.database = "sqlite:" + (folder / "site.db").string();
    database = site::open_site(config.database, site::Missing::is_created, disk);
    trust_key();
  }

  void trust_key(const std::string& site = {}) {
    save_site_keys(disk, layout, {{key.public_key()}, true, site});
  }
  [[nodiscard]] SiteLink link() const { return {disk, layout, config, kNow}; }
  [[nodiscard]] std::string site() const { return database->read(config.package, "pc").site; }

  [[nodiscard]] site::Decision made(std::uint64_t counter, const std::string& version) const {
    site::Decision decision;
    decision.counter = counter;
    decision.package = config.package;
    decision.version = version;
    decision.at = kNow - 100;
    return decision;
  }
  void write(const site::Decision& decision) {
    const auto newest = database->read(config.package, "pc").newest;
    BOOST_REQUIRE((database->decide(decision, {}, newest) == site::Decided::done));
  }
  void write_signed(std::uint64_t counter, const std::string& version, const std::string& site) {
    site::Decision decision = made(counter, version);
    decision.signature = sign(decision, site, key);
    write(decision);
  }
  [[nodiscard]] std::string read() const {
    std::string found;
    const std::string error = test::error_of([&] {
      const auto decision = link().read(/*may_write=*/true).decision;
      found = decision ? decision->version : "none";
    });
    return error.empty() ? found : error;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(standing, Fixture)

BOOST_AUTO_TEST_CASE(rows_that_nobody_signed_are_as_if_they_were_not_there) {
  BOOST_TEST(read() == "none");
  write_signed(1, "1.0", site());
  write(made(2, "2.0"));
  site::Decision forged = made(3, "3.0");
  forged.signature = sign(made(1, "1.0"), site(), key);
  write(forged);
  write_signed(4, "4.0", std::string(32, 'a'));
  BOOST_TEST(read() == "1.0");
  const Standing found = link().stand();
  BOOST_TEST(found.site_state.decision->version == "1.0");
  BOOST_TEST(found.site_state.newest == 4u);
  BOOST_TEST(found.is_covered());
  write_signed(5, "5.0", site());
  BOOST_TEST(read() == "5.0");
  BOOST_TEST(!link().stand().is_covered());
}

BOOST_AUTO_TEST_CASE(where_no_row_counts_nothing_is_followed) {
  write(made(1, "1.0"));
  BOOST_TEST(read() == "decision.signature");
  trust_key(std::string(32, 'a'));
  BOOST_TEST(read() == "decision.other-site");
}

BOOST_AUTO_TEST_CASE(site_that_was_followed_first_is_pinned) {
  write_signed(1, "1.0", site());
  BOOST_TEST(link().pinned_site().empty());
  BOOST_TEST(read() == "1.0");
  BOOST_TEST(link().pinned_site() == site());
  trust_key(std::string(32, 'a'));
  BOOST_TEST(link().pinned_site() == std::string(32, 'a'));
}

BOOST_AUTO_TEST_CASE(older_decision_that_is_signed_is_refused_and_no_unsigned_one_makes_it_old) {
  write_signed(1, "1.0", site());
  write_signed(2, "2.0", site());
  BOOST_TEST(read() == "2.0");
  const std::string address = site::without_password(config.database);
  const auto know = [&](std::uint64_t counter, const std::string& signed_for) {
    save_known_decision(disk, layout.known_decision(),
                        {address, counter, "9", Policy::required, kNow, signed_for});
  };
  know(3, site());
  BOOST_TEST(read() == "decision.older");
  know(3, "");
  BOOST_TEST(read() == "2.0");
  know(3, std::string(32, 'a'));
  trust_key(site());
  BOOST_TEST(read() == "2.0");
}

BOOST_AUTO_TEST_CASE(who_signs_stands_on_what_his_own_key_signed) {
  save_site_keys(disk, layout, {});
  write(made(1, "1.0"));
  BOOST_TEST(read() == "1.0");
  const trust::PublicKey own = key.public_key();
  BOOST_TEST(!link().stand(&own).site_state.decision.has_value());
  write_signed(2, "2.0", site());
  write(made(3, "3.0"));
  BOOST_TEST(link().stand(&own).site_state.decision->version == "2.0");
  BOOST_TEST(link().stand().site_state.decision->version == "3.0");
}

BOOST_AUTO_TEST_CASE(decision_of_the_future_is_known_as_of_now) {
  save_site_keys(disk, layout, {});
  site::Decision early = made(1, "1.0");
  early.at = kNow + 1'000'000;
  write(early);
  BOOST_TEST(read() == "1.0");
  BOOST_TEST(link().known_decision()->at == kNow);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::client
