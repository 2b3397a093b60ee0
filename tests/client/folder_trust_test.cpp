#include "folder_trust.hpp"

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "rights.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

constexpr const char* kUnsafe = "rights.unsafe-folder";

struct Fixture : TestInstallation {
  Fixture() {
    publish();
    init();
    for (const fs::Path& made : {layout.new_files(), layout.kept() / "1/files", layout.backup()}) {
      fs::make_directories(disk, made);
    }
    write_text(layout.new_files() / "1", "staged");
    write_text(layout.kept() / "1/files/x", "kept");
    write_text(layout.kept() / "1/installed.json", "{}");
  }
  [[nodiscard]] std::string usual() {
    return error_of([&] { client::check_trusted(disk, layout); });
  }
  [[nodiscard]] std::string guarded() {
    return error_of([&] { client::check_guarded(disk, layout); });
  }

  Rights disk;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(folder_trust, Fixture)

BOOST_AUTO_TEST_CASE(folder_of_this_user_is_trusted) {
  BOOST_TEST(usual() == "");
  BOOST_TEST(guarded() == "");
}

BOOST_AUTO_TEST_CASE(owner_of_each_part_of_the_way_and_of_the_state_counts) {
  for (const fs::Path& path :
       {fs::Path("/"), layout.root.parent_path(), layout.root, layout.state(), layout.config(),
        layout.trust(), layout.trust() / "root.json", layout.staging(), layout.new_files(),
        layout.new_files() / "1", layout.kept(), layout.kept() / "1", layout.kept() / "1/files",
        layout.kept() / "1/installed.json"}) {
    disk.owners = {{path, fs::Owner::other}};
    BOOST_TEST(usual() == kUnsafe, path);
    BOOST_TEST(guarded() == kUnsafe, path);
  }
}

BOOST_AUTO_TEST_CASE(nobody_else_may_write_them) {
  for (const fs::Path& path : {layout.root.parent_path(), layout.root, layout.state(),
                               layout.config(), layout.new_files(), layout.kept() / "1"}) {
    disk.writable = {path};
    BOOST_TEST(usual() == kUnsafe, path);
    BOOST_TEST(guarded() == kUnsafe, path);
  }
}

BOOST_AUTO_TEST_CASE(files_of_releases_are_believed_by_their_digests_only) {
  disk.owners = {{layout.kept() / "1/files/x", fs::Owner::other}};
  disk.writable = {layout.new_files() / "1"};  // its mode is the release's
  BOOST_TEST(usual() == "");
}

BOOST_AUTO_TEST_CASE(group_of_the_owner_alone_is_the_owner_but_not_for_a_run_with_more_rights) {
  disk.writable = {layout.root};
  disk.private_group = {layout.root};
  BOOST_TEST(usual() == "");
  BOOST_TEST(guarded() == kUnsafe);
}

BOOST_AUTO_TEST_CASE(sticky_folder_may_lie_above_but_not_for_a_run_with_more_rights) {
  const fs::Path above = layout.root.parent_path();
  disk.writable = {above};
  disk.sticky = {above};
  BOOST_TEST(usual() == "");
  BOOST_TEST(guarded() == kUnsafe);
  disk.owners = {{above, fs::Owner::other}};
  BOOST_TEST(usual() == kUnsafe);
}

BOOST_AUTO_TEST_CASE(sticky_folder_is_not_trusted_itself) {
  for (const fs::Path& path : {layout.root, layout.state(), layout.trust()}) {
    disk.writable = {path};
    disk.sticky = {path};
    BOOST_TEST(usual() == kUnsafe, path);
  }
}

BOOST_AUTO_TEST_CASE(who_called_sudo_is_an_owner_but_not_for_a_run_with_more_rights) {
  disk.owners = {{layout.root, fs::Owner::sudo_caller}};
  BOOST_TEST(usual() == "");
  BOOST_TEST(guarded() == kUnsafe);
}

BOOST_AUTO_TEST_CASE(link_in_the_state_is_refused) {
  disk.make_symlink(layout.state() / "new", "config.json");
  BOOST_TEST(usual() == kUnsafe);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_trusted_but_not_by_a_run_with_more_rights) {
  layout.root = folder / "none";
  BOOST_TEST(usual() == "");
  BOOST_TEST(guarded() == "usage.not-installation");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
