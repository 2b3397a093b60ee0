#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "spelling_case.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

struct Exactness : VendorAndWorkstation {
  /// Installs one tree and goes to the other and back, by deltas and by full packages; each time
  /// the folder is, name by name, the vendor's.
  void there_and_back(const Tree& one, const Tree& two) {
    vendor.add("1", one);
    vendor.add("2", two);
    pc.install("1");
    require("1");
    for (const char* version : {"2", "1", "2"}) {
      pc.apply({version});
      require(version);
    }
    for (const char* version : {"1", "2", "1"}) {
      pc.repair(version);
      require(version);
    }
  }
  void there_and_back(const std::string& one, const std::string& two) {
    there_and_back(tree_of(one), tree_of(two));
  }

  void require(const std::string& version) {
    const Picture expected = picture_of(vendor.tree(version));
    BOOST_TEST_REQUIRE(differences(expected, picture_of(pc.layout().root)) == "", version);
  }
};

/// Characters of two, three and four bytes, right to left, and a letter with a mark of its own.
const std::string kUnicode = "\u00fc\u4e2d\U0001f600\u05d0e\u0301";

std::string many_bytes(const std::string& piece, std::size_t bytes) {
  std::string name;
  while (name.size() + piece.size() <= bytes) name += piece;
  return name + std::string(bytes - name.size(), 'x');
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(exactness, Exactness)

BOOST_AUTO_TEST_CASE(exec_bits_come_and_go_with_and_without_other_contents) {
  there_and_back(
      "file run 755 = same\nfile data 644 = same\nfile both 700 = one\nfile read 444 = same\n"
      "file set 640 = one",
      "file run 644 = same\nfile data 711 = same\nfile both 600 = two\nfile read 555 = same\n"
      "file set 751 = one");
}

BOOST_AUTO_TEST_CASE(symlinks_change_their_targets_come_and_go) {
  there_and_back(
      "file a = a\nfile d/b = b\nlink moves -> a\nlink dangles -> nowhere\nlink up -> d/b\n"
      "link folder -> d\nlink goes -> a\nlink gr\u00fc\u00dfe -> d/b",
      "file a = a\nfile d/b = b\nlink moves -> d/b\nlink dangles -> a\nlink d/up -> ../a\n"
      "link folder -> .\nlink comes -> moves\nlink gr\u00fc\u00dfe -> n\u00efrgends");
}

BOOST_AUTO_TEST_CASE(empty_folders_come_go_and_get_contents) {
  there_and_back(
      "folder empty\nfolder goes/deep/er 700\nfolder filled\nfile emptied/f = x\nfolder mode 755",
      "folder empty\nfolder comes/deep/er 711\nfile filled/f = x\nfolder emptied\nfolder mode 500");
}

BOOST_AUTO_TEST_CASE(names_that_change_their_case_only) {
  there_and_back(
      "file Readme = same\nfile Changed = one\nfolder Docs\nfile Docs/Manual = same\nlink L -> "
      "Docs",
      "file README = same\nfile changed = two\nfolder docs\nfile docs/manual = same\nlink l -> "
      "docs");
}

BOOST_AUTO_TEST_CASE(files_folders_and_symlinks_take_each_others_names) {
  there_and_back(
      "file file-folder = f\nfile file-link = f\nfile folder-file/x = x\nfile folder-link/x/y = y\n"
      "link link-file -> file-link\nlink link-folder -> folder-file\nfolder empty-file\n"
      "folder empty-link",
      "file file-folder/x/y = y\nlink file-link -> folder-file\nfile folder-file = f\n"
      "link folder-link -> link-folder\nfile link-file = f\nfile link-folder/x = x\n"
      "file empty-file =\nlink empty-link -> empty-file");
}

BOOST_AUTO_TEST_CASE(files_change_places) {
  there_and_back("file a = one\nfile b = two\nfile d/c = three\nfile same = one\nlink l -> a",
                 "file a = two\nfile b = three\nfile d/c = one\nfile d/same = one\nlink l -> b");
}

BOOST_AUTO_TEST_CASE(ten_thousand_small_files) {
  Tree one;
  Tree two;
  for (int parent = 0; parent < 100; ++parent) {
    for (int file = 0; file < 101; ++file) {
      const std::string path = fmt::format("d{}/f{}", parent, file);
      const std::uint32_t mode = file % 7 == 0 ? 0755 : 0644;
      if (file > 0) {
        one.push_back({path, EntryKind::file, mode, fmt::format("one {} {}", parent, file), false});
      }
      const char* version = file % 2 == 0 ? "one" : "two";
      if (file < 100) {
        const std::string text = fmt::format("{} {} {}", version, parent, file);
        two.push_back({path, EntryKind::file, mode, text, false});
      }
    }
  }
  for (Tree* tree : {&one, &two}) {
    for (int parent = 0; parent < 100; ++parent) {
      tree->push_back({fmt::format("d{}", parent), EntryKind::directory, 0755, "", false});
    }
    std::ranges::sort(*tree, {}, &Item::path);
  }
  vendor.add("1", one);
  vendor.add("2", two);
  pc.install("1");
  require("1");
  for (const char* version : {"2", "1"}) {
    pc.apply({version});
    require(version);
  }
  pc.repair("2");
  require("2");
}

BOOST_AUTO_TEST_CASE(unicode_names) {
  there_and_back("file " + kUnicode + " = one\nfile d" + kUnicode + "/" + kUnicode +
                     " = same\nlink l -> " + kUnicode,
                 "file " + kUnicode + " = two\nfile e" + kUnicode + "/" + kUnicode +
                     " = same\nlink l" + kUnicode + " -> e" + kUnicode);
}

// A file system that keeps the bytes of names may hold the two forms of one letter; the releases
// hold one of them each.
BOOST_AUTO_TEST_CASE(names_that_change_their_unicode_form_only) {
  there_and_back("file \u00fcber = same\nfile d\u00e9/f = one",
                 "file u\u0308ber = same\nfile de\u0301/f = two");
}

BOOST_AUTO_TEST_CASE(names_of_255_bytes) {
  const std::string ascii = many_bytes("n", 255);
  const std::string wide = many_bytes("\u4e2d", 255);
  const std::string mixed = many_bytes(kUnicode, 255);
  there_and_back("file " + ascii + " = one\nfile " + wide + "/" + mixed + " = same\nlink " + mixed +
                     " -> " + ascii,
                 "file " + ascii + "/" + wide + "/" + mixed + " = same\nfile " + mixed + " = two");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(exactness_where_case_does_not_count, SpellingCase)

BOOST_AUTO_TEST_CASE(names_that_change_their_case_only_there_and_back) {
  std::string from = "1";
  for (const std::string to : {"2", "1", "2"}) {
    go(disk, layout, from, to);
    BOOST_TEST(differences(picture_of(vendor.tree(to)), picture_of(layout.root)) == "", to);
    from = to;
  }
}

BOOST_AUTO_TEST_CASE(names_that_their_user_spelled_otherwise_come_back_to_the_release) {
  fs::native().rename(layout.root / "plain", layout.root / "PLAIN");
  fs::native().rename(layout.root / "Readme", layout.root / "README");
  go(disk, layout, "1", "2");
  Picture found = picture_of(layout.root);
  // The release does not touch it, so neither does the update.
  BOOST_TEST(found.erase("PLAIN") == 1u);
  Picture expected = picture_of(vendor.tree("2"));
  expected.erase("plain");
  BOOST_TEST(differences(expected, found) == "");
}

BOOST_AUTO_TEST_CASE(config_file_of_the_user_is_kept_in_the_new_spelling) {
  write_text(layout.root / "Settings.ini", "of the user");
  go(disk, layout, "1", "2");
  BOOST_TEST(read_text(layout.root / "settings.ini") == "of the user");
  BOOST_TEST(!fs::native().stat(layout.root / "Settings.ini").has_value());
}

BOOST_AUTO_TEST_CASE(users_files_stay_in_a_folder_that_changes_its_case) {
  write_text(layout.root / "Docs/Mine", "of the user");
  go(disk, layout, "1", "2");
  BOOST_TEST(read_text(layout.root / "docs/Mine") == "of the user");
}

BOOST_AUTO_TEST_CASE(users_file_in_the_way_in_another_case_is_kept_aside) {
  vendor.add("3", tree_of("file plain = stays\nfile notes = of the release"));
  write_text(layout.root / "NOTES", "of the user");
  go(disk, layout, "1", "3");
  BOOST_TEST(read_text(layout.root / "notes") == "of the release");
  BOOST_TEST(read_text(layout.displaced() / "3/notes") == "of the user");
  BOOST_TEST(differences(picture_of(vendor.tree("3")), picture_of(layout.root)) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
