#define BOOST_TEST_MODULE crash
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "temp_folder.hpp"

namespace {

/// Thousands of copies of a folder: in memory, where the system has a place for that.
struct InMemory {
  InMemory() {
    std::error_code missing;
    if (std::filesystem::is_directory("/dev/shm", missing)) ::setenv("TMPDIR", "/dev/shm", 0);
  }
};

}  // namespace

using xppkg::test::OrdinaryUser;
BOOST_TEST_GLOBAL_FIXTURE(InMemory);
BOOST_TEST_GLOBAL_FIXTURE(OrdinaryUser);
