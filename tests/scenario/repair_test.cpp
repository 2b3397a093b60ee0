#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "repairs.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

constexpr std::size_t kBig = 2'900'000;

/// Contents of a size that gives the package of three such files two segments.
std::string big(char letter) {
  std::string text(kBig, letter);
  for (std::size_t i = 0; i < text.size(); i += 100)
    text[i] = static_cast<char>('a' + i / 100 % 26);
  return text;
}

struct Repairs : VendorAndWorkstation {
  Repairs() { pc.install("1"); }

  /// The blocks that were read stand in `package.read`.
  std::vector<Notice> repair() {
    package.read.clear();
    return test::repair(fs::native(), pc.layout(), release, package);
  }

  [[nodiscard]] install::Verified verify(install::Depth depth) const {
    Observer observer;
    return install::verify_folder(fs::native(), pc.layout(), release, depth, observer);
  }
  [[nodiscard]] std::string finding(const std::string& path, install::Depth depth) const {
    for (const auto& difference : verify(depth).differences) {
      if (difference.path == path) return std::string(id(difference.finding));
    }
    return {};
  }
  [[nodiscard]] bool is_whole(const std::vector<std::string>& others = {}) const {
    return pc.tree(others) == release.tree;
  }

  const manifest::Manifest& publish() {
    Tree tree = tree_of(
        "file bin/app 755 = the program\nconfig etc/app.ini = the vendor's\nfile empty =\n"
        "file data/copy = twice\nfile data/original = twice\nfolder data/logs 555\nfolder big\n"
        "link now -> bin/app");
    for (const char letter : {'1', '2', '3'}) {
      tree.push_back({std::string("big/") + letter, EntryKind::file, 0644, big(letter)});
    }
    return vendor.add("1", tree);
  }

  using Blocks = std::set<std::size_t>;
  const manifest::Manifest& release = publish();
  PackageInBlocks package{release, vendor.full("1")};
};

/// Changes a byte and neither the size nor the time of a file.
void spoil_secretly(const fs::Path& path) {
  const auto time = std::filesystem::last_write_time(path);
  std::string text = read_text(path);
  text.front() = static_cast<char>(text.front() ^ 1);
  write_text(path, text);
  std::filesystem::last_write_time(path, time);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(repairs, Repairs)

BOOST_AUTO_TEST_CASE(damaged_file_is_repaired_by_the_blocks_that_hold_it_alone) {
  BOOST_TEST(package.blocks.size() == 3u);
  write_text(pc / "bin/app", "spoiled");
  const auto sound = fs::native().stat(pc / "big/1")->modified_ns;
  repair();
  BOOST_TEST(is_whole());
  BOOST_TEST(package.read.size() == 2u);  // The header and one segment.
  BOOST_TEST(fs::native().stat(pc / "big/1")->modified_ns == sound);
}

BOOST_AUTO_TEST_CASE(file_that_lies_across_two_blocks_needs_both) {
  write_text(pc / "big/3", "spoiled");
  repair();
  BOOST_TEST((package.read == Blocks{0, 1, 2}));
  BOOST_TEST(is_whole());
}

BOOST_AUTO_TEST_CASE(everything_that_can_be_wrong_is_repaired) {
  write_text(pc / "bin/app", "spoiled");
  fs::native().remove_file(pc / "now");
  fs::native().make_symlink(pc / "now", "data");
  fs::remove_tree(fs::native(), pc / "big");
  fs::remove_tree(fs::native(), pc / "data/logs");
  fs::native().remove_file(pc / "empty");
  fs::native().set_mode(pc / "bin", 0300);
  repair();
  BOOST_TEST(is_whole());
  BOOST_TEST(verify(install::Depth::full).differences.empty());
}

BOOST_AUTO_TEST_CASE(modes_links_folders_and_copies_need_no_block) {
  fs::native().set_mode(pc / "bin/app", 0644);
  fs::native().remove_file(pc / "now");
  fs::remove_tree(fs::native(), pc / "data/logs");
  write_text(pc / "data/copy", "spoiled");
  repair();
  BOOST_TEST(package.read.empty());
  BOOST_TEST(is_whole());
}

BOOST_AUTO_TEST_CASE(unknown_files_stay) {
  lay(tree_of("file mine = mine\nfile big/mine 600 = mine too"), pc.layout().root);
  write_text(pc / "bin/app", "spoiled");
  repair();
  BOOST_TEST(text("mine") == "mine");
  BOOST_TEST(text("big/mine") == "mine too");
  BOOST_TEST(is_whole({"mine", "big/mine"}));
}

BOOST_AUTO_TEST_CASE(file_of_the_users_in_place_of_a_folder_is_displaced) {
  fs::remove_tree(fs::native(), pc / "big");
  write_text(pc / "big", "mine");
  BOOST_TEST(has_notice(repair(), "file.displaced", "big"));
  BOOST_TEST(text(".xppkg/displaced/1/big") == "mine");
  BOOST_TEST(is_whole());
}

BOOST_AUTO_TEST_CASE(changed_config_is_kept_and_the_vendors_comes_beside_it) {
  write_text(pc / "etc/app.ini", "mine");
  write_text(pc / "bin/app", "spoiled");
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(has_notice(repair(), "config.kept", "etc/app.ini"));
    BOOST_TEST(text("etc/app.ini") == "mine");
    BOOST_TEST(text("etc/app.ini.new") == "the vendor's");
    BOOST_TEST(text("bin/app") == "the program");
  }
}

BOOST_AUTO_TEST_CASE(config_that_is_missing_comes_back_without_a_download) {
  fs::native().remove_file(pc / "etc/app.ini");
  repair();
  BOOST_TEST(package.read.empty());  // Its pristine state is kept.
  BOOST_TEST(is_whole());
}

BOOST_AUTO_TEST_CASE(pristine_state_of_a_config_file_that_was_spoiled_is_repaired_once) {
  write_text(pc / "etc/app.ini", "mine");
  const fs::Path pristine = pc.layout().pristine();
  spoil_secretly(pristine / fs::native().list(pristine).front());
  repair();
  BOOST_TEST(package.read.size() == 2u);
  repair();
  BOOST_TEST(package.read.empty());
}

BOOST_AUTO_TEST_CASE(update_lays_nothing_beside_a_config_that_the_vendor_left_alone) {
  write_text(pc / "etc/app.ini", "mine");
  pc.repair("1");
  BOOST_TEST(!is_there("etc/app.ini.new"));
}

BOOST_AUTO_TEST_CASE(contents_that_are_not_what_the_manifest_says_are_refused) {
  manifest::Manifest lying = release;
  for (Entry& entry : lying.entries) {
    if (entry.path.text() == "bin/app") entry.digest = blake2b(as_bytes("another"));
  }
  Observer observer;
  install::ContentStore contents(fs::native(), pc.layout());
  install::Stager stager(fs::native(), pc.layout(), contents, observer);
  stager.begin();
  PackageInBlocks lies(lying, vendor.full("1"));
  const Blake2b wanted = blake2b(as_bytes("another"));
  BOOST_TEST(error_of([&] { stager.repair(lies.open(), {wanted}); }) == "corrupt.payload");
  BOOST_TEST(!contents.has(wanted));
}

BOOST_AUTO_TEST_CASE(package_of_another_release_or_cut_otherwise_is_refused) {
  const auto error = [&] { return error_of([&] { static_cast<void>(package.open()); }); };
  BOOST_TEST(error() == "");
  package.payload.blocks.push_back({1, {}});
  BOOST_TEST(error() == "corrupt.payload");
  package.payload.blocks.resize(2);
  BOOST_TEST(error() == "corrupt.payload");
  vendor.add("2", tree_of("file app = two"));
  package.blocks[0] = PackageInBlocks(release, vendor.full("2")).blocks[0];
  BOOST_TEST(error() == "corrupt.payload");
}

BOOST_AUTO_TEST_CASE(contents_that_the_package_lacks_are_refused_before_a_block_is_read) {
  const install::PartialPackage package_of_one = package.open();
  package.read.clear();
  Observer observer;
  install::ContentStore contents(fs::native(), pc.layout());
  install::Stager stager(fs::native(), pc.layout(), contents, observer);
  const Blake2b strange = blake2b(as_bytes("strange"));
  BOOST_TEST(error_of([&] { stager.repair(package_of_one, {strange}); }) == "corrupt.payload");
  BOOST_TEST(error_of([&] { static_cast<void>(package_of_one.bytes_for({strange})); }) ==
             "corrupt.payload");
  BOOST_TEST(package.read.empty());
}

BOOST_AUTO_TEST_CASE(quick_look_sees_another_size_or_time_and_no_secret_change) {
  const auto quick = [&] { return finding("bin/app", install::Depth::quick); };
  BOOST_TEST(quick() == "");
  write_text(pc / "bin/app", "the Program");
  BOOST_TEST(quick() == "changed");
  repair();
  BOOST_TEST(quick() == "");
  write_text(pc / "bin/app", "longer than it was");
  BOOST_TEST(quick() == "changed");
  repair();
  spoil_secretly(pc / "bin/app");
  BOOST_TEST(quick() == "");
  BOOST_TEST(finding("bin/app", install::Depth::full) == "changed");
}

BOOST_AUTO_TEST_CASE(file_that_was_only_touched_is_no_damage) {
  std::filesystem::last_write_time(
      pc / "bin/app", std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  const auto looked = verify(install::Depth::quick);
  BOOST_TEST(looked.differences.empty());
  BOOST_TEST(looked.times_are_news);
  install::save_file_times(fs::native(), pc.layout(), release.tree, looked.times);
  BOOST_TEST(!verify(install::Depth::quick).times_are_news);
}

BOOST_AUTO_TEST_CASE(changed_config_is_named_by_the_quick_look_whatever_its_time) {
  fs::native().remove_file(pc.layout().file_times());
  const auto looked = verify(install::Depth::quick);
  install::save_file_times(fs::native(), pc.layout(), release.tree, looked.times);
  spoil_secretly(pc / "etc/app.ini");
  BOOST_TEST(finding("etc/app.ini", install::Depth::quick) == "config-changed");
}

BOOST_AUTO_TEST_CASE(without_known_times_the_quick_look_hashes) {
  spoil_secretly(pc / "bin/app");
  write_text(pc.layout().file_times(), "no times");
  BOOST_TEST(finding("bin/app", install::Depth::quick) == "changed");
  fs::native().remove_file(pc.layout().file_times());
  BOOST_TEST(finding("bin/app", install::Depth::quick) == "changed");
}

BOOST_AUTO_TEST_CASE(contents_are_lost_only_where_no_file_holds_them) {
  write_text(pc / "data/copy", "spoiled");
  fs::native().set_mode(pc / "bin/app", 0600);
  BOOST_TEST(verify(install::Depth::quick).lost.empty());
  write_text(pc / "data/original", "spoiled");
  BOOST_TEST((verify(install::Depth::quick).lost == std::set{blake2b(as_bytes("twice"))}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
