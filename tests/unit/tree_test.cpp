#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "base/entry.hpp"
#include "failure.hpp"
#include "temp_folder.hpp"
#include "tree/scan.hpp"
#include "trees.hpp"

namespace xppkg {
namespace {

using test::error_of;

std::string path_error(const std::string& text) {
  return error_of([&] { RelPath::parse(text); });
}

Entry file(const std::string& path) {
  Entry entry;
  entry.path = RelPath::parse(path);
  entry.mode = 0644;
  return entry;
}
Entry folder(const std::string& path) {
  Entry entry = file(path);
  entry.kind = EntryKind::directory;
  return entry;
}
Entry link(const std::string& path, const std::string& target) {
  Entry entry = file(path);
  entry.kind = EntryKind::symlink;
  entry.mode = 0;
  entry.target = target;
  return entry;
}

std::string check(Entries entries) {
  return error_of([&] { sort_and_check(entries); });
}

bool stays(const char* place, const std::string& target) {
  return link_stays_inside(RelPath::parse(place), target);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rel_path)

BOOST_AUTO_TEST_CASE(path_that_is_not_safe_on_every_platform_is_refused) {
  for (const std::string text : {"",
                                 "/",
                                 "/a",
                                 "a/",
                                 "a//b",
                                 ".",
                                 "..",
                                 "../a",
                                 "a/..",
                                 "a/../b",
                                 "./a",
                                 "a/.",
                                 "C:",
                                 "C:/a",
                                 "C:a",
                                 "a\\b",
                                 "\\\\host\\share",
                                 "//host/share",
                                 "a:b",
                                 "a*",
                                 "a?",
                                 "a\"",
                                 "a<",
                                 "a>",
                                 "a|",
                                 "con",
                                 "CON",
                                 "con.txt",
                                 "Con.tar.gz",
                                 "a/nul",
                                 "PRN",
                                 "aux.",
                                 "COM1",
                                 "com9.x",
                                 "lpt0",
                                 "COM\xc2\xb9",
                                 "conin$",
                                 "CONOUT$.x",
                                 "con .txt",
                                 "a.",
                                 "a ",
                                 "a./b",
                                 "a /b",
                                 "...",
                                 "a\nb",
                                 "a\x7f",
                                 "\x1f",
                                 "\xff",
                                 "\xc0\xaf",
                                 "\xed\xa0\x80",
                                 "a\xc3"}) {
    BOOST_TEST(path_error(text) == "tree.unsafe-name", text);
  }
  BOOST_TEST(path_error(std::string("a\0b", 3)) == "tree.unsafe-name");
}

BOOST_AUTO_TEST_CASE(plain_and_odd_but_safe_paths_are_taken) {
  for (const std::string text :
       {"a", "a/b/c", ".hidden", "..a", "a..b", " a", "console", "com", "com10", "lpt", "xcon",
        "a con", "$(rm -rf)", "a'b", "a;b&c", "-rf", "%2F", "\xc3\xa9", "\xf0\x9f\x98\x80"}) {
    BOOST_TEST(path_error(text) == "", text);
  }
}

BOOST_AUTO_TEST_CASE(lengths_are_counted_in_bytes) {
  BOOST_TEST(path_error(std::string(255, 'a')) == "");
  BOOST_TEST(path_error(std::string(256, 'a')) == "tree.unsafe-name");
  std::string longest;
  for (int i = 0; i < 4; ++i) longest += std::string(254, 'a') + "/";
  BOOST_TEST(path_error(longest + std::string(4, 'b')) == "");
  BOOST_TEST(path_error(longest + std::string(5, 'b')) == "tree.unsafe-name");
}

BOOST_AUTO_TEST_CASE(path_knows_its_parts_and_its_parents) {
  const RelPath path = RelPath::parse("a/b/c");
  BOOST_TEST(path.segments().size() == 3u);
  BOOST_REQUIRE(path.parents().size() == 2u);
  BOOST_TEST(path.parents()[1].text() == "a/b");
}

BOOST_AUTO_TEST_CASE(link_that_leaves_the_tree_is_found) {
  for (const std::string target :
       {"b", "./b", "../x", "../../x", "d/e", "../d/./e", ".", "../.."}) {
    BOOST_TEST(stays("a/b/link", target), target);
  }
  for (const std::string target : {"", "/etc", "../../../x", "x/../y", "a\\b", "C:x", "..\\..",
                                   "\xff", "./../../../x", "x/.."}) {
    BOOST_TEST(!stays("a/b/link", target), target);
  }
  BOOST_TEST(!stays("link", ".."));
  BOOST_TEST(!stays("link", std::string("a\0b", 3)));
  BOOST_TEST(!stays("link", std::string(1025, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(entries)

BOOST_AUTO_TEST_CASE(names_that_some_file_system_takes_for_the_same_are_refused) {
  BOOST_TEST(check({file("a"), file("b")}) == "");
  BOOST_TEST(check({file("a"), file("a")}) == "tree.unsafe-name");
  BOOST_TEST(check({file("Readme"), file("README")}) == "tree.unsafe-name");
  BOOST_TEST(check({file("\xc3\xa9"), file("e\xcc\x81")}) == "tree.unsafe-name");
  BOOST_TEST(check({file("\xc3\x89"), file("e\xcc\x81")}) == "tree.unsafe-name");
  BOOST_TEST(check({folder("A"), file("A/x"), folder("a"), file("a/y")}) == "tree.unsafe-name");
}

BOOST_AUTO_TEST_CASE(entry_needs_a_folder_above_it) {
  BOOST_TEST(check({folder("a"), file("a/b")}) == "");
  BOOST_TEST(check({file("a/b")}) == "tree.unsafe-entry");
  BOOST_TEST(check({folder("a"), file("a/b/c")}) == "tree.unsafe-entry");
  BOOST_TEST(check({file("a"), file("a/b")}) == "tree.unsafe-entry");
  BOOST_TEST(check({folder("d"), link("a", "d"), file("a/b")}) == "tree.unsafe-entry");
}

BOOST_AUTO_TEST_CASE(updaters_own_name_links_to_outside_and_special_modes_are_refused) {
  for (const char* name : {".xppkg", ".XPPKG", ".Xppkg", "XPPKG~1", "xppkg~2"}) {
    BOOST_TEST(check({file(name)}) == "tree.unsafe-entry", name);
    BOOST_TEST(check({folder(name), file(std::string(name) + "/x")}) == "tree.unsafe-entry", name);
  }
  BOOST_TEST(check({folder("a"), folder("a/.xppkg")}) == "tree.unsafe-entry");
  BOOST_TEST(check({link("a", "../x")}) == "tree.unsafe-entry");
  BOOST_TEST(check({link("a", "/x")}) == "tree.unsafe-entry");
  for (const std::uint32_t mode : {04755u, 02755u, 01777u}) {
    Entry special = file("a");
    special.mode = mode;
    BOOST_TEST(check({special}) == "tree.unsafe-entry");
  }
}

BOOST_AUTO_TEST_CASE(digest_of_a_tree_changes_with_every_field_but_the_config_mark) {
  const Entries base{folder("d"), file("d/f"), link("l", "d")};
  const auto changed = [&](std::size_t at, const std::function<void(Entry&)>& edit) {
    Entries other = base;
    edit(other[at]);
    return tree_digest(other) != tree_digest(base) && !other[at].same_content(base[at]);
  };
  BOOST_TEST(changed(1, [](Entry& e) { e.mode = 0600; }));
  BOOST_TEST(changed(1, [](Entry& e) { e.size = 1; }));
  BOOST_TEST(changed(1, [](Entry& e) { e.digest.bytes[31] = 1; }));
  BOOST_TEST(changed(1, [](Entry& e) { e.kind = EntryKind::directory; }));
  BOOST_TEST(changed(2, [](Entry& e) { e.target = "d/f"; }));
  BOOST_TEST(!changed(1, [](Entry& e) { e.config = true; }));
  Entries renamed = base;
  renamed[1].path = RelPath::parse("d/g");
  BOOST_TEST((tree_digest(renamed) != tree_digest(base)));
  BOOST_TEST((tree_digest({base[0], base[1]}) != tree_digest(base)));
}

BOOST_AUTO_TEST_SUITE_END()

struct Scan {
  test::TempFolder temp;
  Observer observer;
  [[nodiscard]] std::string scan_error() {
    return error_of([&] { tree::scan(fs::native(), temp.path(), observer); });
  }
};

BOOST_FIXTURE_TEST_SUITE(scan, Scan)

BOOST_AUTO_TEST_CASE(tree_is_seen_with_modes_links_empty_folders_and_hidden_files) {
  test::lay(test::tree_of("file a 400 = x\nfolder e 555\nlink l -> a\nfile .h/.i 755 = y"),
            temp.path());
  const Entries found = tree::scan(fs::native(), temp.path(), observer);
  BOOST_REQUIRE(found.size() == 5u);
  BOOST_TEST(found[0].path.text() == ".h");
  BOOST_TEST(found[1].mode == 0755u);
  BOOST_TEST(found[2].mode == 0400u);
  BOOST_TEST(found[2].size == 1u);
  BOOST_TEST((found[2].digest == blake2b(as_bytes("x"))));
  BOOST_TEST((found[3].kind == EntryKind::directory && found[3].mode == 0555u));
  BOOST_TEST(found[4].target == "a");
}

BOOST_AUTO_TEST_CASE(installation_is_seen_without_the_updaters_own_folder) {
  test::lay(test::tree_of("file a = x\nfile .xppkg/state = y"), temp.path());
  BOOST_TEST(tree::scan_installation(fs::native(), temp.path(), observer).size() == 1u);
  BOOST_TEST(scan_error() == "tree.unsafe-entry");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_released_is_refused) {
  BOOST_TEST(scan_error() == "");
  BOOST_REQUIRE(::mkfifo((temp / "fifo").c_str(), 0600) == 0);
  BOOST_TEST(scan_error() == "tree.unsafe-entry");
  fs::native().remove_file(temp / "fifo");
  fs::native().create(temp / "setuid", 04755);
  BOOST_TEST(scan_error() == "tree.unsafe-entry");
  fs::native().remove_file(temp / "setuid");
  fs::native().make_symlink(temp / "link", "/etc/passwd");
  BOOST_TEST(scan_error() == "tree.unsafe-entry");
  fs::native().remove_file(temp / "link");
  test::write_text(temp / "con", "x");
  BOOST_TEST(scan_error() == "tree.unsafe-name");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
