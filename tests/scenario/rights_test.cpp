// Modes, owners and names of files that others gave them.

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "install/modes.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

struct Rights : VendorAndWorkstation {
  Rights() {
    vendor.add("1", tree_of("file app 755 = one\nfile helper 755 = helper\nfile one = equal\n"
                            "file two = equal\nfolder docs 755\nfile docs/help = help\n"
                            "config app.ini 644 = settings"));
    vendor.add("2", tree_of("file app 755 = two\nfile helper 755 = helper\nfile one = equal\n"
                            "file two 755 = equal\nfolder docs 755\nfile docs/help = help two\n"
                            "config app.ini 644 = settings"));
    vendor.add("3", tree_of("file app 755 = three\nfile helper 755 = another helper"));
  }

  [[nodiscard]] std::uint32_t mode(const fs::Path& path) const {
    return fs::native().stat(path)->mode;
  }
  [[nodiscard]] bool is_sound(const std::string& version) {
    Observer observer;
    return !install::verify_folder(fs::native(), pc.layout(), vendor.release(version),
                                   install::Depth::full, observer)
                .damaged();
  }
  static void chmod(const fs::Path& path, std::uint32_t mode) {
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rights, Rights)

BOOST_AUTO_TEST_CASE(mode_is_changed_on_a_file_of_one_name_only) {
  pc.install("1");
  fs::native().remove_file(pc / "two");
  fs::native().link(pc / "one", pc / "two");
  fs::native().link(pc / "one", folder / "backup");
  pc.apply({"2"});
  BOOST_TEST(mode(pc / "one") == 0644u);
  BOOST_TEST(mode(pc / "two") == 0755u);
  BOOST_TEST(mode(folder / "backup") == 0644u);
  BOOST_TEST(is_sound("2"));
  BOOST_TEST(error_of([&] { fs::native().set_mode(folder / "backup", 0600); }) == "io.failed");
}

BOOST_AUTO_TEST_CASE(administrators_modes_are_no_damage_and_are_kept) {
  pc.install("1");
  chmod(pc / "helper", 04755);
  chmod(pc / "app.ini", 0600);
  chmod(pc / "docs", 02750);
  chmod(pc / "docs/help", 0640);
  chmod(pc / "app", 0775);
  BOOST_TEST(is_sound("1"));
  pc.apply({"2"});
  BOOST_TEST(mode(pc / "helper") == 04755u);
  BOOST_TEST(mode(pc / "app.ini") == 0600u);
  BOOST_TEST(mode(pc / "docs") == 02750u);
  BOOST_TEST(mode(pc / "docs/help") == 0640u);
  BOOST_TEST(mode(pc / "app") == 0775u);
  BOOST_TEST(is_sound("2"));
  pc.repair("2");
  BOOST_TEST(mode(pc / "helper") == 04755u);
  BOOST_TEST(mode(pc / "docs/help") == 0640u);
}

BOOST_AUTO_TEST_CASE(set_id_bits_go_over_to_the_next_file_of_the_same_owner) {
  pc.install("2");
  chmod(pc / "helper", 04755);
  const auto notices = pc.apply({"3"});
  BOOST_TEST(text("helper") == "another helper");
  BOOST_TEST(mode(pc / "helper") == 04755u);
  BOOST_TEST(!has_notice(notices, "rights.lost", "helper"));
}

BOOST_AUTO_TEST_CASE(set_id_bits_of_a_changed_file_do_not_go_over) {
  pc.install("2");
  write_text(pc / "helper", "somebody's own");
  chmod(pc / "helper", 04755);
  pc.repair("3");
  BOOST_TEST(mode(pc / "helper") == 0755u);
}

BOOST_AUTO_TEST_CASE(set_id_bits_of_another_owner_are_lost_and_told) {
  if (::geteuid() != 0) return;
  pc.install("2");
  BOOST_REQUIRE(::chown((pc / "helper").c_str(), 54321, 54321) == 0);
  chmod(pc / "helper", 04755);
  BOOST_TEST(has_notice(pc.apply({"3"}), "rights.lost", "helper"));
  BOOST_TEST(mode(pc / "helper") == 0755u);
  struct stat raw {};
  BOOST_REQUIRE(::stat((pc / "helper").c_str(), &raw) == 0);
  BOOST_TEST(raw.st_uid == 54321u);
}

BOOST_AUTO_TEST_CASE(users_folder_of_before_the_installation_keeps_its_mode) {
  lay(tree_of("folder docs 700\nfile docs/diary = mine"), pc.layout().root);
  pc.install("1");
  BOOST_TEST(mode(pc / "docs") == 0700u);
  BOOST_TEST(is_sound("1"));
  pc.apply({"2"});
  BOOST_TEST(mode(pc / "docs") == 0700u);
}

BOOST_AUTO_TEST_CASE(file_of_a_closed_folder_is_not_opened_to_others_where_it_is_displaced) {
  lay(tree_of("folder docs 700\nfile docs/help 644 = mine"), pc.layout().root);
  pc.install("1");
  BOOST_TEST(text(".xppkg/displaced/1/docs/help") == "mine");
  BOOST_TEST(mode(pc / ".xppkg/displaced/1/docs") == 0700u);
  BOOST_TEST(mode(pc / ".xppkg/displaced/1") == mode(pc.layout().root));
  pc.apply({"2"});
  BOOST_TEST((mode(pc / ".xppkg/kept/1/files") & 077) == 0u);
}

BOOST_AUTO_TEST_CASE(equal_file_of_before_the_installation_is_not_opened_to_others) {
  lay(tree_of("file app 600 = one"), pc.layout().root);
  pc.install("1");
  BOOST_TEST(mode(pc / "app") == 0700u);
}

BOOST_AUTO_TEST_CASE(owners_own_rights_and_writing_by_everybody_are_damage) {
  for (const std::uint32_t wrong : {0655u, 0055u, 0757u, 0777u}) {
    BOOST_TEST(!install::is_administrators(wrong, 0755), wrong);
    BOOST_TEST(install::kept_mode(0755, wrong, 0755) == 0755u, wrong);
  }
  for (const std::uint32_t kept : {0755u, 0750u, 0700u, 04755u, 0775u, 0555u, 0711u}) {
    BOOST_TEST(install::is_administrators(kept, 0755), kept);
    BOOST_TEST(install::kept_mode(0755, kept, 0755) == kept, kept);
  }
}

BOOST_AUTO_TEST_CASE(narrowed_rights_are_not_widened_by_the_next_release) {
  BOOST_TEST(install::kept_mode(0644, 0600, 0755) == 0700u);
  BOOST_TEST(install::kept_mode(0644, 0640, 0755) == 0750u);
  BOOST_TEST(install::kept_mode(0755, 0750, 0644) == 0640u);
  BOOST_TEST(install::kept_mode(0644, 0664, 0755) == 0775u);
  BOOST_TEST(install::kept_mode({}, 0600, 0755) == 0700u);
}

BOOST_AUTO_TEST_CASE(what_root_makes_in_a_users_folder_is_the_users) {
  if (::geteuid() != 0) return;
  fs::FileSystem& disk = fs::native();
  const fs::Path home = folder / "home";
  disk.make_directory(home, 0755);
  BOOST_REQUIRE(::chown(home.c_str(), 54321, 54322) == 0);
  disk.create(home / "file", 0644);
  disk.make_directory(home / "folder", 0755);
  disk.create(home / "folder/inner", 0644);
  disk.make_symlink(home / "link", "file");
  disk.append(home / "history");
  disk.try_lock(home / "lock");
  for (const char* name : {"file", "folder", "folder/inner", "link", "history", "lock"}) {
    struct stat raw {};
    BOOST_REQUIRE(::lstat((home / name).c_str(), &raw) == 0);
    BOOST_TEST(raw.st_uid == 54321u, name);
    BOOST_TEST(raw.st_gid == 54322u, name);
  }
  disk.append(home / "history");
  BOOST_TEST(disk.stat(home / "folder")->mode == 0755u);
}

BOOST_AUTO_TEST_CASE(name_that_is_taken_is_never_renamed_over) {
  fs::FileSystem& disk = fs::native();
  write_text(folder / "a", "a");
  write_text(folder / "b", "b");
  disk.make_symlink(folder / "dangling", "nowhere");
  BOOST_TEST(!disk.rename_to_free(folder / "a", folder / "b"));
  BOOST_TEST(!disk.rename_to_free(folder / "a", folder / "dangling"));
  BOOST_TEST(read_text(folder / "b") == "b");
  BOOST_TEST(disk.rename_to_free(folder / "a", folder / "c"));
  BOOST_TEST(read_text(folder / "c") == "a");
  BOOST_TEST(!disk.stat(folder / "a").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
