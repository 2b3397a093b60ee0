#include "install/file_times.hpp"

#include <boost/test/unit_test.hpp>

#include "temp_folder.hpp"

namespace xppkg::install {
namespace {

struct Fixture {
  Fixture() { fs::native().make_directory(layout.state(), 0755); }

  [[nodiscard]] FileTimes load() const { return load_file_times(fs::native(), layout, tree); }
  [[nodiscard]] std::string text() const { return test::read_text(layout.file_times()); }

  test::TempFolder folder;
  Layout layout{folder.path()};
  Blake2b tree = blake2b(as_bytes("a tree"));
  FileTimes times{{"a b", {0, -1}},
                  {"bin/app", {1234, 1'700'000'000'123'456'789}},
                  {"ö", {~std::uint64_t{0}, 0}}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_times, Fixture)

BOOST_AUTO_TEST_CASE(times_are_read_back_as_they_were_saved) {
  BOOST_TEST(load().empty());
  save_file_times(fs::native(), layout, tree, times);
  BOOST_TEST((load() == times));
  save_file_times(fs::native(), layout, tree, {});
  BOOST_TEST(load().empty());
}

BOOST_AUTO_TEST_CASE(times_of_another_tree_are_none) {
  save_file_times(fs::native(), layout, tree, times);
  tree = blake2b(as_bytes("another"));
  BOOST_TEST(load().empty());
}

BOOST_AUTO_TEST_CASE(file_that_is_cut_or_changed_anywhere_is_none) {
  save_file_times(fs::native(), layout, tree, times);
  const std::string sound = text();
  for (std::size_t at = 0; at < sound.size(); ++at) {
    test::write_text(layout.file_times(), sound.substr(0, at));
    BOOST_TEST(load().empty());
    std::string changed = sound;
    changed[at] ^= 1;
    test::write_text(layout.file_times(), changed);
    BOOST_TEST(load().empty(), "changed at " << at);
  }
  test::write_text(layout.file_times(), sound);
  BOOST_TEST((load() == times));
}

BOOST_AUTO_TEST_CASE(line_that_is_none_with_a_right_digest_makes_the_whole_none) {
  const std::string head = "xppkg-times-1 " + tree.hex() + "\n";
  for (const char* line : {"1 2 app\n", "1 2\n", "x 2 app\n", "1 2x app\n", "-1 2 app\n",
                           "1  app\n", "99999999999999999999 2 app\n", "1 2 app"}) {
    const std::string body = head + line;
    test::write_text(layout.file_times(), body + blake2b(as_bytes(body)).hex() + "\n");
    BOOST_TEST(load().empty() == (line != std::string("1 2 app\n")), line);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::install
