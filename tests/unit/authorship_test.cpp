// The possible writers of a text, and whether they could have read a file: of the one that was
// opened, whatever has its name by then.

#include "fs/authorship.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "temp_folder.hpp"
#include "trees.hpp"

namespace xppkg::fs {
namespace {

constexpr uid_t kNobody = 65'534;

/// A configuration of somebody else's, and one of the administrator's.
struct Fixture {
  Fixture() {
    test::lay(test::tree_of("file his = x\nfile ours = x\nfile open = x\nfile closed/secret = x"),
              temp.path());
    native().set_mode(temp.path(), 0755);
    native().set_mode(closed, 0700);
    is_root = ::geteuid() == 0 && ::chown(his.c_str(), kNobody, kNobody) == 0;
  }

  test::TempFolder temp;
  Path his = temp / "his";
  Path ours = temp / "ours";
  Path closed = temp / "closed";
  bool is_root = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(authorship, Fixture)

BOOST_AUTO_TEST_CASE(authors_are_those_of_the_file_that_was_opened) {
  if (!is_root) return;
  const auto text = native().open_read(his);
  native().rename(ours, his);
  BOOST_TEST(authors_of(*text).are_others());
  BOOST_TEST(!authors_of(*native().open_read(his)).are_others());
}

BOOST_AUTO_TEST_CASE(file_that_was_opened_counts_and_not_what_has_its_name_by_then) {
  if (!is_root) return;
  const Authors authors = authors_of(*native().open_read(his));
  const Path named = temp / "folder/secret";
  native().make_directory(temp / "folder", 0755);
  native().create(named, 0644);
  BOOST_TEST(authors.could_read(named));
  BOOST_TEST(authors.could_read(*native().open_read(named), named));
  // In the place of the folder that was looked at comes a link to a closed one.
  remove_tree(native(), temp / "folder");
  native().make_symlink(temp / "folder", closed.string());
  const auto secret = native().open_read(named);
  remove_file_if_there(native(), temp / "folder");
  native().make_directory(temp / "folder", 0755);
  native().create(named, 0644);
  BOOST_TEST(authors.could_read(named));
  BOOST_TEST(!authors.could_read(*secret, named));
}

BOOST_AUTO_TEST_CASE(administrators_and_own_texts_may_name_everything) {
  const Authors authors = authors_of(*native().open_read(ours));
  BOOST_TEST(!authors.are_others());
  BOOST_TEST(authors.could_read(closed / "secret"));
  BOOST_TEST(authors.could_read(*native().open_read(closed / "secret"), closed / "secret"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::fs
