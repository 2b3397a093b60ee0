#include <boost/test/unit_test.hpp>

#include "busy_file_system.hpp"
#include "fs/retrying_file_system.hpp"
#include "install/kept_releases.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

using How = BusyFileSystem::How;

/// Two releases and, on a disk where programs hold files as on Windows, the way from 1 to 2.
struct Busy : VendorAndWorkstation {
  Busy() {
    vendor.add("1", tree_of(R"(
      file bin/app 755 = program one
      file lib/a = library a, one
      file lib/gone = only in one
    )"));
    vendor.add("2", tree_of(R"(
      file bin/app 755 = program two
      file lib/a = library a, two
      file lib/new = only in two
    )"));
    pc.install("1");
    one = picture_of(pc.layout().root);
  }

  std::string update() {
    const Hop hop{&vendor.release("1"), &vendor.release("2"), vendor.delta("1", "2")};
    try {
      test::update(disk, pc.layout(), hop.base, {&hop, 1});
      return {};
    } catch (const Error& error) {
      facts = error;
      return std::string(info(error.code()).id);
    }
  }

  void require_old() {
    BOOST_TEST(differences(one, picture_of(pc.layout().root)) == "");
    BOOST_TEST(install::load_installed(fs::native(), pc.layout())->version == "1");
    BOOST_TEST(!install::is_broken_off(fs::native(), pc.layout()));
  }
  void require_new() {
    BOOST_TEST(pc.tree().hex() == vendor.release("2").tree.hex());
    BOOST_TEST(install::load_installed(fs::native(), pc.layout())->version == "2");
    BOOST_TEST(!install::is_broken_off(fs::native(), pc.layout()));
  }

  BusyFileSystem busy;
  fs::RetryingFileSystem disk{busy};
  Picture one;
  Error facts{Code::internal};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(busy_files, Busy)

BOOST_AUTO_TEST_CASE(file_that_is_held_for_three_tries_is_replaced_at_the_fourth) {
  busy.hold(pc / "lib/a", How::open, 3);
  BOOST_TEST(update() == "");
  BOOST_TEST(busy.refusals() == 3u);
  BOOST_TEST(busy.waited().count() == 50 + 100 + 200);
  require_new();
}

BOOST_AUTO_TEST_CASE(file_that_stays_held_leaves_the_old_release_and_names_the_program) {
  for (const char* name : {"bin/app", "lib/a", "lib/gone"}) {
    busy.hold(pc / name, How::open);
    BOOST_TEST(update() == "use.busy");
    BOOST_TEST(facts.fact("path").find(pc.layout().root.string()) == 0u);
    BOOST_TEST(facts.fact("held by") == "app (pid 4711)");
    require_old();
    busy.let_go();
  }
  BOOST_TEST(update() == "");
  require_new();
}

BOOST_AUTO_TEST_CASE(running_program_that_stays_leaves_the_old_release) {
  busy.hold(pc / "bin/app", How::running);
  BOOST_TEST(update() == "use.busy");
  require_old();
}

BOOST_AUTO_TEST_CASE(waiting_for_one_file_takes_seconds_not_minutes) {
  busy.hold(pc / "bin/app", How::open);
  update();
  // The try to replace it; what is cleared away after the old release was put back.
  BOOST_TEST(busy.waited().count() <= 3 * 3150);
}

BOOST_AUTO_TEST_CASE(running_program_that_is_no_longer_released_does_not_block) {
  busy.hold(pc / "lib/gone", How::running);
  BOOST_TEST(update() == "");
  require_new();
  // Its file cannot be removed while it runs, but moved: it is kept with the old release.
  BOOST_TEST(!fs::native().stat(pc.layout().backup()).has_value());
  const install::KeptReleases kept(disk, pc.layout());
  BOOST_TEST(kept.list().size() == 1u);
  BOOST_TEST((install::recover(disk, pc.layout()) == Recovery::nothing));
}

BOOST_AUTO_TEST_CASE(undo_that_meets_a_busy_file_is_finished_at_the_next_start) {
  busy.hold(pc / "lib/a", How::open);
  // Somebody starts the new program just before the old one has to come back.
  busy.on_refusal([&] {
    if (text("bin/app") == "program two") busy.hold(pc / "bin/app", How::open);
  });
  BOOST_TEST(update() == "use.busy");
  BOOST_TEST(install::is_broken_off(fs::native(), pc.layout()));
  BOOST_TEST(error_of([&] { install::recover(disk, pc.layout()); }) == "use.busy");
  busy.on_refusal({});
  busy.let_go();
  BOOST_TEST((install::recover(disk, pc.layout()) == Recovery::undone));
  require_old();
  BOOST_TEST(update() == "");
  require_new();
}

BOOST_AUTO_TEST_CASE(recovery_that_meets_a_busy_file_goes_back_to_the_old_release) {
  const install::Layout& layout = pc.layout();
  busy.hold(pc / "lib/a", How::open);
  struct PowerCut {};
  busy.on_refusal([] { throw PowerCut(); });
  BOOST_CHECK_THROW(update(), PowerCut);
  BOOST_TEST(fs::native().stat(layout.journal()).has_value());
  busy.on_refusal({});
  BOOST_TEST((install::recover(disk, layout) == Recovery::undone));
  require_old();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
