#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "repairs.hpp"
#include "stopping_file_system.hpp"
#include "temp_folder.hpp"

namespace xppkg::test {
namespace {

/// An installation that is damaged in every way, and what it looks like when it was repaired.
struct Damaged {
  Damaged() {
    Workstation workstation(vendor, before);
    workstation.install("1");
    write_text(before / "app", "spoiled");
    write_text(before / "settings.ini", "the user's settings");
    write_text(before / "notes", "the user's own");
    fs::native().remove_file(before / "twice");
    fs::native().set_mode(before / "mode", 0600);
    fs::native().remove_file(before / "link");
    fs::native().make_symlink(before / "link", "mode");
    fs::remove_tree(fs::native(), before / "folder");
    write_text(before / "folder", "the user's own");
    picture_before = picture_of(before);
    const install::Layout repaired = new_copy();
    repair(fs::native(), repaired);
    picture_after = picture_of(repaired.root);
  }

  install::Layout new_copy() {
    const install::Layout layout{folder / ("copy-" + std::to_string(copies++))};
    copy_tree(before, layout.root);
    return layout;
  }

  void repair(fs::FileSystem& disk, const install::Layout& layout) {
    test::repair(disk, layout, release, package);
  }

  /// Empty if the folder is exactly as damaged as it was, or exactly whole.
  [[nodiscard]] std::string neither(const install::Layout& layout) const {
    const Picture actual = picture_of(layout.root);
    if (actual == picture_before || actual == picture_after) return {};
    return "\nagainst before:" + differences(picture_before, actual) +
           "\nagainst after:" + differences(picture_after, actual);
  }

  TempFolder folder;
  Vendor vendor{folder / "vendor"};
  const manifest::Manifest& release = vendor.add("1", tree_of(R"(
file app 755 = the program
file same = stays as it is
file twice = stays as it is
file mode 755 = has another mode now
link link -> app
file folder/inner 444 = a read-only file
folder folder/empty 555
config settings.ini = the vendor's settings
)"));
  PackageInBlocks package{release, vendor.full("1")};
  fs::Path before = folder / "before";
  Picture picture_before;
  Picture picture_after;
  std::size_t copies = 0;
};

/// True if `work` came to its end before the disk stopped.
template <typename Work>
bool ends(const Work& work) {
  try {
    work();
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(repair_crash, Damaged)

BOOST_AUTO_TEST_CASE(
    repair_stopped_at_any_change_recovers_to_damaged_or_whole_and_can_be_repeated) {
  BOOST_TEST(picture_before != picture_after);
  std::size_t at = 0;
  std::size_t became_whole = 0;
  for (bool ended = false; !ended; ++at) {
    const install::Layout layout = new_copy();
    StoppingFileSystem stopping(at);
    ended = ends([&] { repair(stopping, layout); });
    install::recover(fs::native(), layout);
    const std::string wrong = neither(layout);
    BOOST_REQUIRE_MESSAGE(wrong.empty(), "stopped at " << at << wrong);
    if (picture_of(layout.root) == picture_after) ++became_whole;
    repair(fs::native(), layout);
    const std::string left = differences(picture_after, picture_of(layout.root));
    BOOST_REQUIRE_MESSAGE(left.empty(), "stopped at " << at << ", repeated:" << left);
    fs::remove_tree(fs::native(), layout.root);
  }
  BOOST_TEST(became_whole > 0u);
  BOOST_TEST(became_whole < at);
  BOOST_TEST_MESSAGE(at << " stop points in a repair");
}

BOOST_AUTO_TEST_CASE(change_that_fails_once_leaves_the_folder_damaged_as_it_was_or_whole) {
  std::size_t failed = 0;
  bool reached = true;
  for (std::size_t at = 0; reached; ++at) {
    const install::Layout layout = new_copy();
    StoppingFileSystem failing;
    failing.fail_once(at, Code::space_insufficient);
    const bool threw = !error_of([&] { repair(failing, layout); }).empty();
    reached = failing.changes() > at;
    const Picture& expected = threw ? picture_before : picture_after;
    const std::string wrong = differences(expected, picture_of(layout.root));
    BOOST_REQUIRE_MESSAGE(wrong.empty(), "failed at " << at << wrong);
    if (threw) ++failed;
    fs::remove_tree(fs::native(), layout.root);
  }
  BOOST_TEST(failed > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
