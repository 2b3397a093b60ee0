#include <boost/test/unit_test.hpp>

#include "site_case.hpp"

namespace xppkg::site {

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(addresses_of_servers_are_taken_as_they_are) {
  for (const char* url :
       {"postgresql://anna@db/site", "postgresql://anna:s%40c%2Fret@[::1]:5433/si%20te",
        "postgresql://anna@db/site?sslmode=verify-full&sslrootcert=/etc/a%20b.pem",
        "mysql://anna@db.example:3307/site?ssl-mode=verify-identity&ssl-ca=/ca.pem",
        "mysql://anna@10.0.0.1/site?password-file=/etc/secret"}) {
    BOOST_TEST(checked_address(url) == url);
  }
}

BOOST_AUTO_TEST_CASE(broken_addresses_are_refused) {
  for (const char* url : {"postgresql:",
                          "postgresql://",
                          "postgresql://anna@db",
                          "postgresql://anna@db/",
                          "postgresql://db/site",
                          "postgresql://@db/site",
                          "postgresql://anna@/site",
                          "postgresql://anna@db:0/site",
                          "postgresql://anna@db:70000/site",
                          "postgresql://anna@db:x/site",
                          "postgresql://anna@[::1/site",
                          "postgresql://anna@[::1]x/s",
                          "postgresql://anna@a,b/site",
                          "postgresql://anna@%2Ftmp/site",
                          "postgresql://a%00@db/site",
                          "postgresql://a%zz@db/site",
                          "postgresql://anna@db/site?sslmode",
                          "mysql://anna@db/site?x=1",
                          "postgresql://anna@db/site?sslmode=maybe",
                          "postgresql://anna@db/site?ssl-mode=required",
                          "postgresql://anna@db/site?sslmode=require&sslmode=require",
                          "postgresql://anna@db/site?sslrootcert=ca.pem",
                          "mysql://anna@db/site?ssl-ca=ca.pem",
                          "postgresql://anna:secret@db/site?password-file=/p",
                          "oracle://anna@db/site",
                          "postgres://anna@db/site",
                          "mysql:anna@db/site"}) {
    BOOST_TEST(test::error_of([&] { checked_address(url); }) == "usage.invalid", url);
    const auto open = [&] { open_site(url, Missing::is_created, fs::native()); };
    BOOST_TEST(test::error_of(open) == "usage.invalid", url);
  }
}

BOOST_AUTO_TEST_CASE(path_of_a_file_becomes_absolute) {
  BOOST_TEST(checked_address("sqlite:/a/b.db") == "sqlite:/a/b.db");
  const auto here = fs::to_utf8(std::filesystem::current_path() / "b.db");
  BOOST_TEST(checked_address("sqlite:b.db") == "sqlite:" + here);
}

BOOST_AUTO_TEST_CASE(password_is_never_shown_however_the_address_is_broken) {
  BOOST_TEST(without_password("postgresql://anna:secret@db/site") == "postgresql://anna@db/site");
  BOOST_TEST(without_password("mysql://anna@db/site") == "mysql://anna@db/site");
  BOOST_TEST(without_password("mysql://anna:a/b@db/site") == "mysql://anna@db/site");
  BOOST_TEST(without_password("mysql://anna:12/b@db/site") == "mysql://anna@db/site");
  BOOST_TEST(without_password("mysql://anna@db:3306/site?ssl-ca=/a:b@c") ==
             "mysql://anna@db:3306/site?ssl-ca=/a:b@c");
  BOOST_TEST(without_password("sqlite:/a:b@c/d.db") == "sqlite:/a:b@c/d.db");
  for (const char* url :
       {"postgresql://anna:secret@db", "postgresql://anna:secret/x@db/site",
        "postgresql://anna:secret@x@db/site?y=1", "postgresql://anna:secret?@db/",
        "mysql://anna:#secret@db/site", "postgresql://anna@db/site?password=secret",
        "postgresql://anna@db/site?sslmode=secret", "postgresql://anna:secret"}) {
    try {
      checked_address(url);
      BOOST_ERROR(url);
    } catch (const Error& error) {
      BOOST_TEST(std::string(error.what()).find("secret") == std::string::npos, error.what());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
