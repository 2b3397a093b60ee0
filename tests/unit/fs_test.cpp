#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "temp_folder.hpp"
#include "trees.hpp"

namespace xppkg::fs {
namespace {

using test::error_of;

struct Fixture {
  test::TempFolder temp;
  FileSystem& disk = native();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_system, Fixture)

BOOST_AUTO_TEST_CASE(create_takes_no_name_that_is_there_in_any_form) {
  disk.create(temp / "file", 0644)->write(as_bytes("x"));
  disk.make_directory(temp / "folder", 0755);
  disk.make_symlink(temp / "dangling", "nowhere");
  for (const char* name : {"file", "folder", "dangling"}) {
    BOOST_TEST(error_of([&] { disk.create(temp / name, 0644); }) == "io.failed", name);
  }
  BOOST_TEST(!disk.stat(temp / "nowhere").has_value());
  BOOST_TEST(test::read_text(temp / "file") == "x");
}

BOOST_AUTO_TEST_CASE(bytes_and_rights_of_a_file_of_several_names_are_not_changed_by_one_of_them) {
  disk.create(temp / "file", 0644)->write(as_bytes("x"));
  disk.link(temp / "file", temp / "second");
  disk.create(temp / "other", 0600);
  BOOST_TEST(error_of([&] { disk.append(temp / "second"); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.truncate(temp / "second", 0); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.set_mode(temp / "second", 0600); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.inherit(temp / "other", temp / "second", 0600); }) == "io.failed");
  BOOST_TEST(test::read_text(temp / "file") == "x");
  BOOST_TEST(disk.stat(temp / "file")->mode == 0644u);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_opened_as_one) {
  disk.make_directory(temp / "folder", 0755);
  BOOST_REQUIRE(::mkfifo((temp / "pipe").c_str(), 0644) == 0);
  for (const char* name : {"folder", "pipe"}) {
    BOOST_TEST(error_of([&] { disk.open_read(temp / name); }) == "io.failed", name);
    BOOST_TEST(error_of([&] { disk.append(temp / name); }) == "io.failed", name);
    BOOST_TEST(error_of([&] { disk.truncate(temp / name, 0); }) == "io.failed", name);
  }
}

BOOST_AUTO_TEST_CASE(two_names_are_exchanged_in_one_step_and_only_where_both_are_there) {
  test::lay(test::tree_of("file one = 1\nfile folder/two = 2"), temp.path());
  BOOST_TEST(disk.exchange(temp / "one", temp / "folder"));
  BOOST_TEST(test::read_text(temp / "one/two") == "2");
  BOOST_TEST(test::read_text(temp / "folder") == "1");
  BOOST_TEST(!disk.exchange(temp / "one", temp / "missing"));
  BOOST_TEST(!disk.exchange(temp / "missing", temp / "one"));
  BOOST_TEST(test::read_text(temp / "one/two") == "2");
}

BOOST_AUTO_TEST_CASE(modes_are_set_exactly_whatever_the_umask) {
  for (const ::mode_t mask : {0077u, 0u, 0777u}) {
    const ::mode_t before = ::umask(mask);
    disk.create(temp / "file", 0664);
    disk.make_directory(temp / "folder", 0775);
    ::umask(before);
    BOOST_TEST(disk.stat(temp / "file")->mode == 0664u);
    BOOST_TEST(disk.stat(temp / "folder")->mode == 0775u);
    disk.remove_file(temp / "file");
    disk.remove_directory(temp / "folder");
  }
}

BOOST_AUTO_TEST_CASE(atomic_write_replaces_contents_links_and_leftovers) {
  write_file_atomically(disk, temp / "file", as_bytes("one"));
  test::write_text(temp / "file.new", "left over by a crash");
  write_file_atomically(disk, temp / "file", as_bytes("two"), 0600);
  BOOST_TEST(test::read_text(temp / "file") == "two");
  BOOST_TEST(disk.stat(temp / "file")->mode == 0600u);
  BOOST_TEST(!disk.stat(temp / "file.new").has_value());
  disk.make_symlink(temp / "link", "file");
  write_file_atomically(disk, temp / "link", as_bytes("three"));
  BOOST_TEST((disk.stat(temp / "link")->kind == Kind::file));
  BOOST_TEST(test::read_text(temp / "file") == "two");
}

BOOST_AUTO_TEST_CASE(tree_is_removed_but_nothing_through_links) {
  test::lay(test::tree_of("file keep/a = x\nfolder gone/sealed 000\nfile gone/b 444 = y"),
            temp.path());
  disk.make_symlink(temp / "gone/link", "../keep");
  disk.make_symlink(temp / "link", "keep");
  remove_tree(disk, temp / "gone");
  remove_tree(disk, temp / "link");
  remove_tree(disk, temp / "never-there");
  BOOST_TEST(disk.list(temp.path()).size() == 1u);
  BOOST_TEST(test::read_text(temp / "keep/a") == "x");
}

BOOST_AUTO_TEST_CASE(lock_excludes_a_second_process_until_it_is_let_go) {
  const auto try_in_child = [&] {
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) ::_exit(native().try_lock(temp / "lock") ? 1 : 0);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status) == 1;
  };
  auto lock = disk.try_lock(temp / "lock");
  BOOST_TEST(lock != nullptr);
  BOOST_TEST(disk.try_lock(temp / "lock") == nullptr);
  BOOST_TEST(!try_in_child());
  lock.reset();
  BOOST_TEST(try_in_child());
}

BOOST_AUTO_TEST_CASE(links_are_seen_and_never_followed) {
  test::write_text(temp / "file", "x");
  disk.make_symlink(temp / "link", "file");
  BOOST_TEST((disk.stat(temp / "link")->kind == Kind::symlink));
  BOOST_TEST(disk.read_link(temp / "link") == "file");
  BOOST_TEST(error_of([&] { disk.open_read(temp / "link"); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.append(temp / "link"); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.truncate(temp / "link", 0); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.try_lock(temp / "link"); }) == "io.failed");
  disk.link(temp / "link", temp / "second");
  BOOST_TEST((disk.stat(temp / "second")->kind == Kind::symlink));
  BOOST_TEST(error_of([&] { disk.link(temp / "file", temp / "second"); }) == "io.failed");
}

BOOST_AUTO_TEST_CASE(reading_stops_at_limits_ends_and_what_is_no_file) {
  test::write_text(temp / "file", "12345");
  BOOST_TEST(as_text(read_file(disk, temp / "file", 5)) == "12345");
  BOOST_TEST(error_of([&] { read_file(disk, temp / "file", 4); }) == "limit.exceeded");
  BOOST_TEST(!read_file_if_there(disk, temp / "none", 4).has_value());
  BOOST_TEST(!disk.stat(temp / "file/below").has_value());
  Bytes six(6);
  BOOST_TEST(error_of([&] { disk.open_read(temp / "file")->read_at(0, six); }) == "io.failed");
  BOOST_TEST(error_of([&] { disk.open_read(temp.path()); }) == "io.failed");
  BOOST_REQUIRE(::mkfifo((temp / "fifo").c_str(), 0600) == 0);
  BOOST_TEST(error_of([&] { disk.open_read(temp / "fifo"); }) == "io.failed");
}

BOOST_AUTO_TEST_CASE(append_goes_on_where_it_stopped_and_truncate_cuts) {
  disk.append(temp / "file")->write(as_bytes("one"));
  disk.append(temp / "file")->write(as_bytes("two"));
  BOOST_TEST(test::read_text(temp / "file") == "onetwo");
  disk.truncate(temp / "file", 4);
  BOOST_TEST(test::read_text(temp / "file") == "onet");
}

BOOST_AUTO_TEST_CASE(folder_without_the_right_to_write_is_told_and_refuses) {
  disk.make_directory(temp / "sealed", 0555);
  disk.set_mode(temp.path(), 0755);
  const test::OrdinaryUser user;
  BOOST_TEST(!disk.may_write(temp / "sealed"));
  BOOST_TEST(error_of([&] { disk.create(temp / "sealed/x", 0644); }) == "rights.denied");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::fs
