// passwords.json: what it may say about an address of config.json.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "config.hpp"
#include "failure.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

struct Passwords : TestInstallation {
  Passwords() {
    publish();
    init();
    config = client::load_config(fs::native(), layout);
    config.proxy = "http://me@localhost:1";
    config.database = "postgresql://u@host:1/x";
    write_text(layout.config(), client::write_config(config));
  }

  /// The error's id, or nothing.
  std::string load_with(const std::string& address, const std::string& complete) {
    const nlohmann::json file{{"format", "1.0"}, {"addresses", {{address, complete}}}};
    write_text(layout.passwords(), file.dump());
    return error_of([&] { config = client::load_config(fs::native(), layout); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(passwords, Passwords)

BOOST_AUTO_TEST_CASE(password_completes_the_address_without_it) {
  BOOST_TEST(load_with("postgresql://u@host:1/x", "postgresql://u:p@ss@host:1/x") == "");
  BOOST_TEST(config.database == "postgresql://u:p@ss@host:1/x");
  BOOST_TEST(load_with("http://me@localhost:1", "http://me:word@localhost:1") == "");
  BOOST_TEST(config.proxy == "http://me:word@localhost:1");
}

BOOST_AUTO_TEST_CASE(address_that_says_anything_else_is_refused) {
  for (const char* other :
       {"sqlite:/etc/shadow", "postgresql://u@other:1/x", "postgresql://v:p@host:1/x",
        "postgresql://u@host:1/x?password-file=/etc/shadow",
        "postgresql://u:p@other:1/x?password-file=/y@host:1/x", ""}) {
    BOOST_TEST(load_with("postgresql://u@host:1/x", other) == "corrupt.state", other);
  }
  BOOST_TEST(load_with("http://me@localhost:1", "http://me:p@other") == "corrupt.state");
  BOOST_TEST(load_with("http://me@localhost:1", "http://me:p@other/@localhost:1") ==
             "corrupt.state");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
