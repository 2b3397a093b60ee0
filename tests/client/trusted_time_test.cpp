#include <boost/test/unit_test.hpp>
#include <ctime>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "test_installation.hpp"
#include "trusted_time.hpp"

namespace xppkg::test {
namespace {

const std::string kEcKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE30TsD2Gwl3NiTO6xthDc3349cecd\n"
    "x3Y/EbdC00nZQKLhPRFhG7LWVXhpNrYOh2sgd6Rk87McD4R7BQKWpnlvCg==\n"
    "-----END PUBLIC KEY-----\n";

struct Fixture : TestInstallation {
  const trust::Time now = std::time(nullptr);

  /// Publishes what was signed at a time, and expires at another.
  void publish(std::uint64_t version, trust::Time issued, trust::Time expires) {
    repository.timestamp.issued = issued;
    repository.timestamp.expires = expires;
    TestInstallation::publish(version);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trusted_time, Fixture)

BOOST_AUTO_TEST_CASE(clock_that_went_back_behind_what_was_signed_does_not_revive_old_metadata) {
  publish(1, now + 10 * kDay, now + 20 * kDay);
  init();
  BOOST_TEST(refresh(now + 10 * kDay) == "");
  BOOST_TEST(trusted_time() == now + 10 * kDay);
  publish(2, now, now + 5 * kDay);
  BOOST_TEST(refresh(now) == "trust.clock");
  BOOST_TEST(trusted_time() == now + 10 * kDay);
}

BOOST_AUTO_TEST_CASE(vendor_with_a_wrong_clock_does_not_raise_the_trusted_time) {
  publish(1, now + 10 * kDay, now + 20 * kDay);
  init();
  BOOST_TEST(refresh(now) == "");
  BOOST_TEST(trusted_time() == 0);
}

BOOST_AUTO_TEST_CASE(damaged_trusted_time_is_none) {
  publish(1, now, now + kDay);
  init();
  for (const char* text : {"", "{", "{\"issued\": 7}", "{\"issued\": \"soon\"}"}) {
    write_text(layout.trusted_time(), text);
    BOOST_TEST(trusted_time() == 0, text);
    BOOST_TEST(refresh(now) == "");
    BOOST_TEST(trusted_time() == now);
  }
  std::filesystem::resize_file(layout.trusted_time(), std::uintmax_t{1} << 40);
  BOOST_TEST(refresh(now) == "");
  BOOST_TEST(trusted_time() == now);
}

BOOST_AUTO_TEST_CASE(key_of_another_scheme_is_not_even_looked_at) {
  // Two ids of one key are refused where its scheme is allowed.
  repository.edits["root"] = [](Json& root) {
    for (const char* extra : {"one", "two"}) {
      const Json key{{"keytype", "ecdsa"},
                     {"scheme", "ecdsa-sha2-nistp256"},
                     {"keyval", {{"public", kEcKey}}},
                     {"x-of", extra}};
      const std::string id = sha256(as_bytes(canonical(key))).hex();
      root["keys"][id] = key;
      root["roles"]["timestamp"]["keyids"].push_back(id);
    }
  };
  publish(1, now, now + kDay);
  init();
  BOOST_TEST(refresh(now) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
