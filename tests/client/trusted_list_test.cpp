#include "trusted_list.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "failure.hpp"
#include "folder_trust.hpp"
#include "fs/files.hpp"
#include "rights.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

constexpr const char* kUnsafe = "rights.unsafe-folder";

/// An installation in a folder that belongs to somebody else, and a user with a list of his own.
struct Fixture : TestInstallation {
  Fixture() {
    publish();
    init();
    for (const fs::Path& path : {folder.path(), layout.root, layout.state()}) {
      disk.set_mode(path, 0755);
    }
    fs::make_directories(disk, list.parent_path());
    ::setenv("XDG_CONFIG_HOME", (folder / "settings").c_str(), 1);
    disk.owners = {{layout.root, fs::Owner::other}};
  }
  ~Fixture() { ::unsetenv("XDG_CONFIG_HOME"); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] std::string root() const { return fs::to_utf8(layout.root); }
  /// Whether the folder is trusted by a list of this text.
  [[nodiscard]] bool is_trusted_by(const std::string& text) {
    write_text(list, text);
    const OrdinaryUser user;
    const std::string error = error_of([&] { client::check_trusted(disk, layout); });
    BOOST_TEST((error.empty() || error == kUnsafe), error);
    return error.empty();
  }

  fs::Path list = folder / "settings/xppkg/trusted";
  Rights disk;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trusted_list, Fixture)

BOOST_AUTO_TEST_CASE(list_names_whole_folders_and_nothing_below_or_above_them) {
  for (const std::string& line : {root() + "\n", root(), root() + "/\n", "# mine\n\n" + root(),
                                  "/opt/other\n" + root() + "\n"}) {
    BOOST_TEST(is_trusted_by(line), line);
  }
  for (const std::string& line :
       {std::string(), std::string("/\n"), "#" + root(), root() + "2\n", root() + "/below\n",
        fs::to_utf8(layout.root.parent_path()) + "\n", root().substr(1)}) {
    BOOST_TEST(!is_trusted_by(line), line);
  }
}

BOOST_AUTO_TEST_CASE(list_counts_for_nothing_in_a_run_with_more_rights) {
  BOOST_TEST(is_trusted_by(root()));
  const OrdinaryUser user;
  BOOST_TEST(error_of([&] { client::check_guarded(disk, layout); }) == kUnsafe);
}

BOOST_AUTO_TEST_CASE(list_that_others_could_have_written_names_nothing) {
  for (const fs::Path& path : {list, list.parent_path(), folder.path()}) {
    for (const fs::Owner owner : {fs::Owner::other, fs::Owner::sudo_caller}) {
      disk.owners[path] = owner;
      BOOST_TEST(!is_trusted_by(root()), path);
      disk.owners.erase(path);
    }
    disk.writable = {path};
    BOOST_TEST(!is_trusted_by(root()), path);
    disk.private_group = {path};
    BOOST_TEST(is_trusted_by(root()), path);
    disk.private_group.clear();
    disk.sticky = {path};
    BOOST_TEST(is_trusted_by(root()) == (path != list), path);
    disk.sticky.clear();
    disk.writable.clear();
  }
}

BOOST_AUTO_TEST_CASE(list_that_is_too_large_or_not_there_names_nothing) {
  BOOST_TEST(!is_trusted_by(root() + "\n" + std::string(2 * 1024 * 1024, '#')));
  disk.remove_file(list);
  const OrdinaryUser user;
  BOOST_TEST(!client::is_listed(disk, layout.root));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
