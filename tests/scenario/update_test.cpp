#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

const std::string kLongName(255, 'n');

/// Three releases that differ in all that a tree can hold, and the ways between them.
struct Releases : VendorAndWorkstation {
  Releases() {
    vendor.add("1", tree_of(R"(
      file bin/app 755 = program one
      file lib/a = library a
      file lib/b = library b
      file moved-from = this file moves
      file renamed-from = this file moves and changes a little on its way, or it is another
      file read-only 444 = may not be written
      folder sealed 555
      file sealed/inner 444 = in a folder that may not be written
      folder empty 700
      file changes = a file
      folder turns
      file turns/inner = inside
      link points -> bin/app
      link current -> lib
      file grüße/日本語 = names beyond ASCII
      file .hidden = hidden files belong to it
    )"));
    vendor.add("2", tree_of("file long/" + kLongName + " = a long name" + R"(
      file bin/app 755 = program two
      file lib/a = library a
      file lib/c = library b
      file moved/to = this file moves
      file renamed-to = this file moved and changed a little on its way, or it is another
      file read-only 444 = was written all the same
      folder sealed 555
      file sealed/inner 444 = another file in there
      file sealed/more/deep 400 = deeper
      folder empty/no/more
      folder changes
      file changes/inside = a folder now
      file turns = a file now
      link points -> lib/a
      file current = a file where a link was
      file grüße/日本語 600 = names beyond ASCII
    )"));
    vendor.add("3", tree_of(R"(
      file bin/app 755 = program three
      file bin/twin 755 = program three
      file lib/b = library b
      link changes -> turns/inner
      folder turns
      file turns/inner = inside again
      file points/to = a folder where a link was
      link current -> bin
      file .hidden = back again
      file nothing =
    )"));
  }
  void require(const std::string& version) {
    BOOST_TEST(pc.tree().hex() == vendor.release(version).tree.hex(), version);
    Observer observer;
    BOOST_TEST(install::verify_folder(fs::native(), pc.layout(), vendor.release(version),
                                      install::Depth::full, observer)
                   .differences.empty());
    BOOST_TEST(install::load_installed(fs::native(), pc.layout())->version == version);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(updates, Releases)

BOOST_AUTO_TEST_CASE(full_package_makes_exactly_the_release) {
  for (const char* version : {"1", "2", "3"}) {
    Workstation new_pc(vendor, folder / ("pc-" + std::string(version)));
    new_pc.install(version);
    BOOST_TEST(new_pc.tree().hex() == vendor.release(version).tree.hex(), version);
  }
}

BOOST_AUTO_TEST_CASE(deltas_lead_forward_and_back_step_by_step) {
  pc.install("1");
  require("1");
  for (const char* version : {"2", "3", "2", "1", "3", "1"}) {
    pc.apply({version});
    require(version);
  }
}

BOOST_AUTO_TEST_CASE(chain_of_deltas_is_one_commit) {
  pc.install("1");
  pc.apply({"2", "3"});
  require("3");
  pc.apply({"2", "1", "2", "3", "1"});
  require("1");
}

BOOST_AUTO_TEST_CASE(full_package_leads_from_any_release_to_any_other) {
  pc.install("1");
  for (const char* version : {"3", "2", "1", "1"}) {
    pc.repair(version);
    require(version);
  }
}

BOOST_AUTO_TEST_CASE(hand_edited_base_is_a_mismatch_and_the_full_package_repairs_it) {
  pc.install("1");
  write_text(pc / "bin/app", "program one, edited by hand");
  const auto before = picture_of(pc.layout().root);
  BOOST_TEST(error_of([&] { pc.apply({"2"}); }) == "mismatch.base");
  BOOST_TEST(differences(before, picture_of(pc.layout().root)) == "");
  pc.repair("2");
  require("2");
}

BOOST_AUTO_TEST_CASE(missing_files_folders_and_wrong_modes_are_repaired) {
  pc.install("1");
  fs::remove_tree(fs::native(), pc / "lib");
  fs::remove_tree(fs::native(), pc / "empty");
  fs::native().set_mode(pc / "bin/app", 0600);
  fs::native().set_mode(pc / "sealed", 0700);
  fs::remove_tree(fs::native(), pc / "points");
  fs::native().make_symlink(pc / "points", "elsewhere");
  Observer observer;
  const auto found = install::verify_folder(fs::native(), pc.layout(), vendor.release("1"),
                                            install::Depth::full, observer);
  BOOST_TEST(found.damaged());
  BOOST_TEST(found.differences.size() == 7u);
  pc.repair("1");
  require("1");
}

BOOST_AUTO_TEST_CASE(file_that_became_a_folder_by_hand_is_a_conflict_and_nothing_changes) {
  pc.install("1");
  fs::remove_tree(fs::native(), pc / "lib/a");
  lay(tree_of("file lib/a/mine = the user's own"), pc.layout().root);
  const auto before = picture_of(pc.layout().root);
  BOOST_TEST(error_of([&] { pc.repair("2"); }) == "tree.conflict");
  BOOST_TEST(differences(before, picture_of(pc.layout().root)) == "");
}

BOOST_AUTO_TEST_CASE(payload_of_other_releases_is_refused) {
  pc.install("1");
  const Hop wrong{&vendor.release("1"), &vendor.release("2"), vendor.delta("2", "3")};
  const Hop as_full{nullptr, &vendor.release("2"), vendor.delta("1", "2")};
  const Hop as_delta{&vendor.release("1"), &vendor.release("2"), vendor.full("2")};
  for (const Hop& hop : {wrong, as_full, as_delta}) {
    BOOST_TEST(error_of([&] {
                 test::update(fs::native(), pc.layout(), &vendor.release("1"), {&hop, 1});
               }) == "corrupt.payload");
  }
  require("1");
}

BOOST_AUTO_TEST_CASE(cancelled_commit_leaves_the_old_release) {
  struct Impatient final : Observer {
    bool cancelled() override { return true; }
  } impatient;
  pc.install("1");
  install::ContentStore contents(fs::native(), pc.layout());
  Observer observer;
  install::Stager stager(fs::native(), pc.layout(), contents, observer);
  stager.begin();
  stager.apply(nullptr, vendor.release("2"), vendor.full("2"));
  const auto tree = stager.finish(vendor.release("2"));
  install::FolderTransaction transaction(fs::native(), pc.layout(), impatient);
  BOOST_TEST(error_of([&] { transaction.commit(tree, &vendor.release("1"), {}, {}); }) ==
             "cancelled");
  BOOST_TEST((install::recover(fs::native(), pc.layout()) == Recovery::nothing));
  require("1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
