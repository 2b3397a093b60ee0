#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

struct Configs : VendorAndWorkstation {
  Configs() {
    vendor.add("1", tree_of("config etc/app.ini = vendor one\nfile app = one"));
    vendor.add("2", tree_of("config etc/app.ini = vendor two\nfile app = two"));
    vendor.add("3", tree_of("config etc/app.ini = vendor two\nfile app = three"));
    vendor.add("4", tree_of("file app = four"));
    vendor.add("5", tree_of("file etc/app.ini/inner = a folder now\nfile app = five"));
    vendor.add("6", tree_of("file etc = a file now\nfile app = six"));
    vendor.add("7", tree_of("link etc/app.ini -> ../app\nfile app = seven"));
    vendor.add("8", tree_of("file etc/app.ini = no config any more\nfile app = eight"));
    pc.install("1");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(config, Configs)

BOOST_AUTO_TEST_CASE(config_that_nobody_changed_follows_the_releases) {
  pc.apply({"2"});
  BOOST_TEST(text("etc/app.ini") == "vendor two");
  BOOST_TEST(!is_there("etc/app.ini.new"));
  pc.apply({"4"});
  BOOST_TEST(!is_there("etc"));
}

BOOST_AUTO_TEST_CASE(changed_config_is_kept_and_the_new_one_comes_beside_it) {
  write_text(pc / "etc/app.ini", "mine");
  const auto notices = pc.apply({"2"});
  BOOST_TEST(has_notice(notices, "config.kept", "etc/app.ini"));
  BOOST_TEST(text("etc/app.ini") == "mine");
  BOOST_TEST(text("etc/app.ini.new") == "vendor two");
  BOOST_TEST(text("app") == "two");
}

BOOST_AUTO_TEST_CASE(file_of_the_users_own_with_the_name_of_the_new_config_is_displaced) {
  write_text(pc / "etc/app.ini", "mine");
  write_text(pc / "etc/app.ini.new", "mine too");
  const auto notices = pc.apply({"2"});
  BOOST_TEST(has_notice(notices, "file.displaced", "etc/app.ini.new"));
  BOOST_TEST(text("etc/app.ini.new") == "vendor two");
  BOOST_TEST(text(".xppkg/displaced/2/etc/app.ini.new") == "mine too");
}

BOOST_AUTO_TEST_CASE(config_that_the_vendor_left_alone_brings_nothing_beside_it) {
  pc.apply({"2"});
  write_text(pc / "etc/app.ini", "mine");
  const auto notices = pc.apply({"3"});
  BOOST_TEST(notices.empty());
  BOOST_TEST(text("etc/app.ini") == "mine");
  BOOST_TEST(!is_there("etc/app.ini.new"));
}

BOOST_AUTO_TEST_CASE(delta_over_a_changed_config_works_from_its_pristine_state) {
  write_text(pc / "etc/app.ini", "mine");
  pc.apply({"2", "3", "2", "1"});
  BOOST_TEST(text("etc/app.ini") == "mine");
  BOOST_TEST(text("app") == "one");
}

// Nothing is copied of a few bytes.
BOOST_AUTO_TEST_CASE(delta_that_copies_from_a_changed_config_works_from_its_pristine_state) {
  std::string settings;
  for (int i = 0; i < 50; ++i) settings += "setting" + std::to_string(i * i) + " ";
  vendor.add("9", tree_of("config etc/app.ini = " + settings + "one\nfile app = nine"));
  vendor.add("10", tree_of("config etc/app.ini = two " + settings + "\nfile app = ten"));
  Workstation other(vendor, folder / "other");
  other.install("9");
  write_text(other / "etc/app.ini", "mine");
  other.apply({"10"});
  BOOST_TEST(read_text(other / "etc/app.ini") == "mine");
  BOOST_TEST(read_text(other / "etc/app.ini.new").starts_with("two setting0 "));
}

BOOST_AUTO_TEST_CASE(changed_config_is_no_damage_and_a_changed_program_is) {
  Observer observer;
  const auto verify = [&] {
    return install::verify_folder(fs::native(), pc.layout(), vendor.release("1"),
                                  install::Depth::full, observer);
  };
  write_text(pc / "etc/app.ini", "mine");
  BOOST_TEST(!verify().damaged());
  BOOST_TEST(id(verify().differences.at(0).finding) == "config-changed");
  write_text(pc / "app", "uno");
  BOOST_TEST(verify().damaged());
}

BOOST_AUTO_TEST_CASE(changed_config_that_is_obsolete_is_kept) {
  write_text(pc / "etc/app.ini", "mine");
  BOOST_TEST(has_notice(pc.apply({"4"}), "config.kept", "etc/app.ini"));
  BOOST_TEST(text("etc/app.ini") == "mine");
}

BOOST_AUTO_TEST_CASE(config_that_its_user_replaced_by_a_link_is_his_own_too) {
  write_text(folder / "elsewhere", "mine");
  fs::native().remove_file(pc / "etc/app.ini");
  fs::native().make_symlink(pc / "etc/app.ini", folder / "elsewhere");
  pc.apply({"4"});
  BOOST_TEST(fs::native().read_link(pc / "etc/app.ini") == (folder / "elsewhere").string());
  BOOST_TEST(read_text(folder / "elsewhere") == "mine");
}

BOOST_AUTO_TEST_CASE(changed_config_in_the_way_of_another_kind_of_entry_is_displaced) {
  for (const char* version : {"5", "7", "8"}) {
    Workstation other(vendor, folder / ("pc" + std::string(version)));
    other.install("1");
    write_text(other / "etc/app.ini", "mine");
    BOOST_TEST(has_notice(other.apply({version}), "file.displaced", "etc/app.ini"));
    BOOST_TEST(other.tree().hex() == vendor.release(version).tree.hex(), version);
    const std::string place = std::string(".xppkg/displaced/") + version + "/etc/app.ini";
    BOOST_TEST(read_text(other / place) == "mine");
  }
}

BOOST_AUTO_TEST_CASE(changed_config_in_a_folder_that_has_to_become_a_file_is_a_conflict) {
  write_text(pc / "etc/app.ini", "mine");
  BOOST_TEST(error_of([&] { pc.apply({"6"}); }) == "tree.conflict");
  BOOST_TEST(text("etc/app.ini") == "mine");
  BOOST_TEST(text("app") == "one");
}

BOOST_AUTO_TEST_CASE(config_that_is_there_before_the_first_installation_is_kept) {
  Workstation other(vendor, folder / "other");
  lay(tree_of("file etc/app.ini = mine"), other.layout().root);
  other.install("1");
  BOOST_TEST(read_text(other / "etc/app.ini") == "mine");
  BOOST_TEST(read_text(other / "etc/app.ini.new") == "vendor one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
