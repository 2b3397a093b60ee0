#include <array>
#include <boost/test/unit_test.hpp>

#include "xppkg/error.hpp"
#include "xppkg/version.hpp"

namespace xppkg {
namespace {

std::strong_ordering compare(const char* a, const char* b) {
  return Version::parse(a) <=> Version::parse(b);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(version)

// The table of manifests/FORMAT.md §3.
BOOST_AUTO_TEST_CASE(versions_are_ordered_as_the_format_says) {
  constexpr std::array kAscending{"0.9",
                                  "1.0-alpha",
                                  "1.0-alpha.1",
                                  "1.0-alpha.beta",
                                  "1.0-beta.2",
                                  "1.0-beta.11",
                                  "1.0-rc.1",
                                  "1.0",
                                  "1.0.1",
                                  "1.2",
                                  "1.10",
                                  "4.07.0012",
                                  "4.7.13",
                                  "17.9.0-beta.17",
                                  "17.9.0",
                                  "20231105",
                                  "99999999999999999999999999"};
  for (std::size_t i = 0; i < kAscending.size(); ++i) {
    for (std::size_t j = 0; j < kAscending.size(); ++j) {
      BOOST_TEST((compare(kAscending[i], kAscending[j]) == (i <=> j)),
                 kAscending[i] << " against " << kAscending[j]);
    }
  }
}

BOOST_AUTO_TEST_CASE(leading_zeros_and_missing_numbers_make_no_difference) {
  BOOST_TEST((compare("4.07.0012", "4.7.12") == 0));
  BOOST_TEST((compare("1.0", "1.0.0") == 0));
  BOOST_TEST((compare("1", "1.0.0-a") > 0));
  BOOST_TEST(Version::parse("4.07.0012").text() == "4.07.0012");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_version_is_refused) {
  for (const char* text : {"", ".", "1.", ".1", "1..2", "v1.0", "1.0-", "1.0-a..b", "1.0-a_b",
                           "1.0+5", "1.0 ", " 1.0", "../1", "1/2", "\xc3\xa9"}) {
    BOOST_CHECK_THROW(Version::parse(text), Error);
  }
  BOOST_CHECK_THROW(Version::parse(std::string(65, '1')), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
