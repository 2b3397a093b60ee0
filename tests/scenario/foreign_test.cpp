#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

struct Foreign : VendorAndWorkstation {
  Foreign() {
    vendor.add("1", tree_of("file app = one\nfile data/old = goes in release two"));
    vendor.add("2", tree_of("file app = two\nfile extra = new in two\nfile more/extra = new too"));
    vendor.add("3", tree_of("file app = three\nfile data = a file where a folder was"));
    pc.install("1");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(foreign, Foreign)

BOOST_AUTO_TEST_CASE(users_files_stay_where_they_are) {
  lay(tree_of("file notes = mine\nfile data/notes = mine\nfile own/sub/x 400 = mine"),
      pc.layout().root);
  pc.apply({"2"});
  BOOST_TEST(text("notes") == "mine");
  BOOST_TEST(text("data/notes") == "mine");
  BOOST_TEST(text("own/sub/x") == "mine");
  BOOST_TEST(!is_there("data/old"));
  pc.apply({"1"});
  BOOST_TEST(text("data/notes") == "mine");
  BOOST_TEST(pc.tree({"notes", "data/notes", "own", "own/sub", "own/sub/x"}).hex() ==
             vendor.release("1").tree.hex());
}

BOOST_AUTO_TEST_CASE(file_in_the_way_of_a_new_one_is_displaced) {
  lay(tree_of("file extra = mine\nfile more = mine too"), pc.layout().root);
  const auto notices = pc.apply({"2"});
  BOOST_TEST(has_notice(notices, "file.displaced", "extra"));
  BOOST_TEST(has_notice(notices, "file.displaced", "more"));
  BOOST_TEST(text(".xppkg/displaced/2/extra") == "mine");
  BOOST_TEST(text(".xppkg/displaced/2/more") == "mine too");
  BOOST_TEST(pc.tree().hex() == vendor.release("2").tree.hex());
}

BOOST_AUTO_TEST_CASE(second_file_in_the_way_of_the_same_release_does_not_cost_the_first) {
  for (const char* contents : {"first", "second", "third"}) {
    write_text(pc / "extra", contents);
    pc.apply({"2"});
    BOOST_TEST(text("extra") == "new in two");
    pc.apply({"1"});
  }
  BOOST_TEST(text(".xppkg/displaced/2/extra") == "first");
  BOOST_TEST(text(".xppkg/displaced/2-2/extra") == "second");
  BOOST_TEST(text(".xppkg/displaced/2-3/extra") == "third");
}

BOOST_AUTO_TEST_CASE(displaced_file_and_a_displaced_folder_of_its_name_do_not_meet) {
  write_text(pc / "more", "first");
  pc.apply({"2"});
  pc.apply({"1"});
  lay(tree_of("file more/extra = second"), pc.layout().root);
  pc.apply({"2"});
  BOOST_TEST(text(".xppkg/displaced/2/more") == "first");
  BOOST_TEST(text(".xppkg/displaced/2-2/more/extra") == "second");
}

BOOST_AUTO_TEST_CASE(users_files_in_a_folder_that_has_to_become_a_file_are_a_conflict) {
  for (const char* name : {"notes", "a:b", "con"}) {
    Workstation other(vendor, folder / name);
    other.install("1");
    write_text(other / ("data/" + std::string(name)), "mine");
    const auto before = picture_of(other.layout().root);
    BOOST_TEST(error_of([&] { other.apply({"3"}); }) == "tree.conflict", name);
    BOOST_TEST(differences(before, picture_of(other.layout().root)) == "");
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_changed_through_a_link_in_the_place_of_a_folder) {
  vendor.add("4", tree_of("file app = four"));
  vendor.add("5", tree_of("file app = five\nfile data/old = another\nfile data/more = more"));
  for (const char* version : {"4", "5"}) {
    const std::string name = std::string("outside-") + version;
    lay(tree_of("file old = not the updater's\nfolder sub 500"), folder / name);
    Workstation other(vendor, folder / ("pc-" + std::string(version)));
    other.install("1");
    fs::remove_tree(fs::native(), other / "data");
    fs::native().make_symlink(other / "data", folder / name);
    const auto outside = picture_of(folder / name);
    const bool has_the_folder = version == std::string("5");
    BOOST_TEST(error_of([&] { other.repair(version); }) == (has_the_folder ? "tree.conflict" : ""));
    BOOST_TEST(differences(outside, picture_of(folder / name)) == "", version);
    BOOST_TEST(fs::native().read_link(other / "data") == (folder / name).string());
  }
}

BOOST_AUTO_TEST_CASE(modes_are_not_changed_through_a_link_in_the_place_of_a_folder) {
  vendor.add("6", tree_of("folder data/sub 555\nfile app = six"));
  vendor.add("7", tree_of("file app = seven"));
  lay(tree_of("folder sub 500"), folder / "outside");
  Workstation other(vendor, folder / "other");
  other.install("6");
  fs::remove_tree(fs::native(), other / "data");
  fs::native().make_symlink(other / "data", folder / "outside");
  other.repair("7");
  BOOST_TEST(fs::native().stat(folder / "outside/sub")->mode == 0500u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
