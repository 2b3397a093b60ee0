#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "fs/beneath.hpp"
#include "fs/files.hpp"
#include "temp_folder.hpp"
#include "trees.hpp"

namespace xppkg::fs {

std::ostream& operator<<(std::ostream& out, Resolution resolution) {
  return out << (resolution == Resolution::by_kernel ? "by kernel" : "by component");
}

namespace {

using test::error_of;

constexpr const char* kUnsafe = "rights.unsafe-folder";
constexpr std::array kResolutions{Resolution::by_kernel, Resolution::by_component};

/// DIR with a link to the folder of a victim, which lies beside it.
struct Fixture {
  Fixture() {
    test::lay(test::tree_of("file app/inner/file = x\nfile app/file = y\nfile victim/file = z"),
              temp.path());
    native().make_symlink(root / "link", "../victim");
    native().make_symlink(root / "inner/link", (temp / "victim").string());
  }
  [[nodiscard]] std::unique_ptr<FileSystem> open(Resolution resolution) const {
    return open_beneath(root, resolution);
  }

  test::TempFolder temp;
  Path root = temp / "app";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(beneath, Fixture)

BOOST_DATA_TEST_CASE_F(Fixture, work_below_the_folder_is_as_ever, kResolutions) {
  const auto disk = open(sample);
  BOOST_TEST(disk->list(root).size() == 3u);
  BOOST_TEST(disk->stat(root)->mode == native().stat(root)->mode);
  disk->make_directory(root / "new", 0750);
  disk->create(root / "new/file", 0640)->write(as_bytes("text"));
  disk->rename(root / "new/file", root / "inner/other");
  disk->set_mode(root / "inner/other", 0600);
  disk->link(root / "inner/other", root / "new/again");
  BOOST_TEST(as_text(read_file(*disk, root / "new/again", 100)) == "text");
  BOOST_TEST(native().stat(root / "new/again")->mode == 0600u);
  BOOST_TEST(native().stat(root / "new")->mode == 0750u);
  disk->sync_directory(root);
  BOOST_TEST(disk->may_write(root / "new"));
  BOOST_TEST(disk->read_link(root / "link") == "../victim");
  remove_tree(*disk, root / "new");
  disk->remove_file(root / "link");
  BOOST_TEST(disk->list(root).size() == 2u);
  BOOST_TEST((disk->try_lock(root / "lock") != nullptr));
}

BOOST_DATA_TEST_CASE_F(Fixture, no_call_goes_through_a_link, kResolutions) {
  const auto disk = open(sample);
  for (const Path& link : {root / "link", root / "inner/link"}) {
    BOOST_TEST(!disk->stat(link / "file").has_value());
    BOOST_TEST(!disk->may_write(link / "file"));
    BOOST_TEST(error_of([&] { disk->list(link); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->open_read(link / "file"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->create(link / "new", 0644); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->append(link / "file"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->truncate(link / "file", 0); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->make_symlink(link / "new", "x"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->make_directory(link / "new", 0755); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->set_mode(link / "file", 0777); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->rename(root / "file", link / "file"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->rename(link / "file", root / "file"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->link(link / "file", root / "new"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->remove_file(link / "file"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->remove_directory(link / "folder"); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->try_lock(link / "lock"); }) == kUnsafe);
    // The link itself may have come in the place of what was looked at.
    BOOST_TEST(error_of([&] { disk->set_mode(link, 0777); }) != "");
  }
  BOOST_TEST(native().list(temp / "victim").size() == 1u);
  BOOST_TEST(test::read_text(temp / "victim/file") == "z");
}

BOOST_DATA_TEST_CASE_F(Fixture, link_above_a_folder_is_not_followed_wherever_it_leads,
                       kResolutions) {
  native().make_directory(root / "inner/deep", 0755);
  native().make_directory(temp / "victim/deep", 0755);
  native().make_symlink(root / "around", "inner");
  const auto disk = open(sample);
  for (const Path& folder : {root / "around/deep", root / "link/deep", root / "inner/link/deep"}) {
    BOOST_TEST(!disk->stat(folder / "file").has_value());
    BOOST_TEST(error_of([&] { disk->list(folder); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->create(folder / "new", 0644); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->rename(root / "file", folder / "file"); }) == kUnsafe);
  }
  BOOST_TEST(native().list(root / "inner/deep").empty());
  BOOST_TEST(native().list(temp / "victim/deep").empty());
}

BOOST_DATA_TEST_CASE_F(Fixture, nothing_outside_of_the_folder_is_changed, kResolutions) {
  const auto disk = open(sample);
  for (const Path& outside : {temp / "victim/file", root / "../victim/file"}) {
    BOOST_TEST(error_of([&] { disk->remove_file(outside); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->set_mode(outside, 0777); }) == kUnsafe);
    BOOST_TEST(error_of([&] { disk->rename(root / "file", outside); }) == kUnsafe);
  }
  BOOST_TEST(as_text(read_file(*disk, temp / "victim/file", 100)) == "z");
}

BOOST_DATA_TEST_CASE_F(Fixture, folder_that_is_renamed_and_replaced_stays_the_one_that_was_opened,
                       kResolutions) {
  const auto disk = open(sample);
  native().rename(root, temp / "moved");
  native().make_symlink(root, "victim");
  disk->remove_file(root / "file");
  BOOST_TEST(!native().stat(temp / "moved/file").has_value());
  BOOST_TEST(test::read_text(temp / "victim/file") == "z");
}

BOOST_DATA_TEST_CASE_F(Fixture, folder_that_is_reached_by_a_link_is_refused, kResolutions) {
  native().make_symlink(temp / "way", "app");
  BOOST_TEST(error_of([&] { open_beneath(temp / "way", sample); }) == kUnsafe);
  BOOST_TEST(error_of([&] { open_beneath(temp / "way/inner", sample); }) == kUnsafe);
  BOOST_TEST(error_of([&] { open_beneath(temp / "nowhere", sample); }) == "io.failed");
}

BOOST_AUTO_TEST_CASE(modes_are_never_set_through_a_link_in_the_last_part) {
  const auto before = native().stat(temp / "victim")->mode;
  BOOST_TEST(error_of([&] { native().set_mode(root / "link", 0777); }) != "");
  BOOST_TEST(native().stat(temp / "victim")->mode == before);
}

BOOST_AUTO_TEST_CASE(others_may_write_a_name_where_group_or_all_may) {
  for (const auto& [mode, others] :
       {std::pair{0755u, false}, {0700u, false}, {0775u, true}, {0757u, true}, {01777u, true}}) {
    BOOST_REQUIRE(::chmod(root.c_str(), mode) == 0);
    BOOST_TEST(native().stat(root)->others_may_write == others, mode);
    BOOST_TEST((native().stat(root)->owner == Owner::trusted));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::fs
