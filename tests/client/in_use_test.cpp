#include "xppkg/in_use.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "install/in_use.hpp"
#include "install/journal.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

using namespace std::chrono_literals;

struct Fixture : TestInstallation {
  Fixture() {
    publish();
    init();
  }

  [[nodiscard]] std::string hold() {
    return error_of([&] { InUse(fs::to_utf8(layout.root), 0ms); });
  }
  /// As a commit needs it: no program at all.
  [[nodiscard]] bool is_free() const { return disk.try_lock(layout.in_use()) != nullptr; }

  fs::FileSystem& disk = fs::native();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(in_use, Fixture)

BOOST_AUTO_TEST_CASE(folder_is_in_use_while_one_of_the_objects_lives) {
  BOOST_TEST(is_free());
  {
    const InUse one(fs::to_utf8(layout.root));
    InUse two(fs::to_utf8(layout.root));
    BOOST_TEST(!is_free());
    const InUse three = std::move(two);
    BOOST_TEST(!is_free());
    BOOST_TEST(three.version() == "");
  }
  BOOST_TEST(is_free());
}

BOOST_AUTO_TEST_CASE(object_does_not_hinder_calls_that_change_nothing) {
  const InUse one(fs::to_utf8(layout.root));
  Observer observer;
  Updater updater(fs::to_utf8(layout.root));
  BOOST_TEST(updater.status().installed == "");
  BOOST_TEST((updater.recover() == Recovery::nothing));
}

BOOST_AUTO_TEST_CASE(commit_that_goes_on_is_waited_for_and_then_told) {
  const auto commit = disk.try_lock(layout.in_use());
  BOOST_TEST(hold() == "locked.other-run");
}

BOOST_AUTO_TEST_CASE(lock_alone_needs_the_right_to_write_the_file) {
  disk.set_mode(folder.path(), 0755);
  disk.set_mode(layout.root, 0755);
  disk.set_mode(layout.state(), 0755);
  const OrdinaryUser user;
  BOOST_TEST(error_of([&] { disk.try_lock(layout.in_use()); }) == "rights.denied");
  BOOST_TEST((disk.try_share_lock(layout.in_use()) != nullptr));
}

#ifdef F_OFD_SETLK
BOOST_AUTO_TEST_CASE(
    program_that_shares_the_file_by_flock_counts_and_one_that_holds_it_alone_does_not) {
  BOOST_REQUIRE(is_free());
  const int program = ::open(layout.in_use().c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE(::flock(program, LOCK_SH) == 0);
  BOOST_TEST(!is_free());
  BOOST_REQUIRE(::flock(program, LOCK_EX) == 0);
  BOOST_TEST(is_free());
  BOOST_TEST(hold() == "");
  ::close(program);
}
#endif

BOOST_AUTO_TEST_CASE(lock_of_runs_that_was_opened_to_readers_is_closed_by_the_next_run) {
  Updater updater(fs::to_utf8(layout.root));
  for (const auto& [opened, closed] :
       {std::pair(0644u, 0600u), std::pair(0664u, 0660u), std::pair(0600u, 0600u)}) {
    updater.recover();
    disk.set_mode(layout.lock(), opened);
    updater.recover();
    BOOST_TEST(disk.stat(layout.lock())->mode == closed);
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_nobody_goes_on_and_is_told_of_the_programs) {
  const InUse one(fs::to_utf8(layout.root));
  Observer observer;
  BOOST_TEST(error_of([&] { install::lock_programs_out(disk, layout, 0ms, observer); }) ==
             "use.busy");
  BOOST_TEST(
      (install::lock_programs_out(disk, layout, install::kWaitForNobody, observer) == nullptr));
}

BOOST_AUTO_TEST_CASE(folder_that_is_not_set_up_is_told) {
  BOOST_TEST(error_of([&] { InUse(fs::to_utf8(source)); }) == "usage.not-installation");
}

BOOST_AUTO_TEST_CASE(update_that_was_broken_off_is_recovered_before_the_program_goes_on) {
  write_text(layout.journal(), install::Journal{"", "1", {}}.write());
  const InUse one(fs::to_utf8(layout.root));
  BOOST_TEST(!install::is_broken_off(disk, layout));
}

BOOST_AUTO_TEST_CASE(update_that_was_broken_off_is_told_where_it_cannot_be_recovered) {
  write_text(layout.journal(), "damaged");
  BOOST_TEST(hold() == "corrupt.state");
  disk.set_mode(folder.path(), 0755);
  disk.set_mode(layout.root, 0555);
  {
    const OrdinaryUser user;
    BOOST_TEST(hold() == "rights.denied");
  }
  disk.set_mode(layout.root, 0755);
  BOOST_TEST(is_free());
}

BOOST_AUTO_TEST_CASE(program_waits_while_another_run_recovers) {
  write_text(layout.journal(), install::Journal{"", "1", {}}.write());
  const auto recovering = disk.try_lock(layout.lock());
  BOOST_TEST(hold() == "locked.other-run");
}

BOOST_AUTO_TEST_CASE(right_to_read_is_enough_but_for_a_folder_that_was_never_made_ready) {
  disk.set_mode(folder.path(), 0755);
  disk.set_mode(layout.state(), 0755);
  {
    const OrdinaryUser user;
    BOOST_TEST(hold() == "");
    const InUse one(fs::to_utf8(layout.root));
    const auto second = disk.try_share_lock(layout.in_use());
    BOOST_TEST(second != nullptr);
  }
  disk.remove_file(layout.in_use());
  disk.set_mode(layout.state(), 0555);
  {
    const OrdinaryUser user;
    BOOST_TEST(hold() == "rights.denied");
  }
  disk.set_mode(layout.state(), 0755);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
