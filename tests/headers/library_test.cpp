// Uses nothing but what is installed: the public headers and the shared library.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "xppkg/updater.hpp"
#include "xppkg/version.hpp"

namespace xppkg {

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_set_up_is_told_across_the_library) {
  const auto here = std::filesystem::temp_directory_path() / "xppkg-not-set-up";
  std::filesystem::create_directory(here);
  BOOST_CHECK_EXCEPTION(Updater{here.string()}, Error, [](const Error& error) {
    return error.code() == Code::usage_not_installation &&
           std::string(error.what()).starts_with("usage.not-installation");
  });
  std::filesystem::remove(here);
}

BOOST_AUTO_TEST_CASE(versions_compare_across_the_library) {
  BOOST_TEST((Version::parse("17.9.0-beta.17") < Version::parse("17.9.0")));
}

BOOST_AUTO_TEST_CASE(the_table_of_codes_has_ids_of_their_own) {
  std::set<std::string_view> ids;
  for (const CodeInfo& row : all_codes()) BOOST_TEST(ids.insert(row.id).second, row.id);
}

}  // namespace xppkg
