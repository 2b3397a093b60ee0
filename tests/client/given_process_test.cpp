// The library in a process that was given little (docs/SAFETY.md, J).
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "failure.hpp"
#include "test_installation.hpp"
#include "xppkg/site.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::test {
namespace {

struct Fixture : TestInstallation {
  Fixture() {
    publish();
    init();
  }
};

/// The working folder is gone while this object lives.
class LostFolder {
 public:
  LostFolder() : before_(std::filesystem::current_path()) {
    std::filesystem::create_directory(folder_ / "gone");
    std::filesystem::current_path(folder_ / "gone");
    std::filesystem::remove(folder_ / "gone");
  }
  ~LostFolder() { std::filesystem::current_path(before_); }
  LostFolder(const LostFolder&) = delete;
  LostFolder& operator=(const LostFolder&) = delete;

 private:
  TempFolder folder_;
  fs::Path before_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(given_process, Fixture)

BOOST_AUTO_TEST_CASE(lost_working_folder_is_an_error_of_the_library_and_no_other_exception) {
  const std::string root = fs::to_utf8(layout.root);
  const LostFolder lost;
  BOOST_TEST(error_of([] { Updater("."); }) == "io.failed");
  BOOST_TEST(error_of([] { Site("."); }) == "io.failed");
  BOOST_TEST(error_of([&] { Updater(root).status(); }).empty());
}

BOOST_AUTO_TEST_CASE(stream_that_the_application_has_closed_is_closed_after_a_call) {
  const int kept = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
  ::close(STDIN_FILENO);
  Updater updater(fs::to_utf8(layout.root));
  updater.status();
  const bool is_open = ::fcntl(STDIN_FILENO, F_GETFD) >= 0;
  ::dup2(kept, STDIN_FILENO);
  ::close(kept);
  BOOST_TEST(!is_open);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
