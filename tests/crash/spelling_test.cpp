#include "spelling_case.hpp"

#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "stopping_file_system.hpp"

namespace xppkg::test {
namespace {

struct Fixture : SpellingCase {
  /// An update that stops at a change, and is recovered by a run that stops too; true if the first
  /// came to its end.
  bool stop(const install::Layout& where, std::size_t at, std::size_t recovery_at) {
    CaseBlindFileSystem blind(where.root);
    bool ended = false;
    try {
      StoppingFileSystem stopping(at, blind);
      go(stopping, where, "1", "2");
      ended = true;
    } catch (const Stopped&) {
    }
    try {
      StoppingFileSystem stopping(recovery_at, blind);
      // The way back, where there is one: what cannot go on is undone.
      stopping.fail_once(0, Code::io_failed);
      install::recover(stopping, where);
    } catch (const Stopped&) {
    } catch (const Error&) {
    }
    install::recover(blind, where);
    return ended;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(spelling, Fixture)

BOOST_AUTO_TEST_CASE(names_that_change_their_case_are_old_or_new_wherever_it_is_stopped) {
  const Picture one = picture_of(layout.root);
  const Picture two = picture_of(vendor.tree("2"));
  std::size_t olds = 0;
  std::size_t news = 0;
  bool ended = false;
  for (std::size_t at = 0; !ended; ++at) {
    for (const std::size_t recovery_at : {std::size_t{3}, std::size_t{15}, at % 60}) {
      const install::Layout where{folder / ("pc-" + std::to_string(at))};
      copy_tree(layout.root, where.root);
      ended = stop(where, at, recovery_at);
      const Picture found = picture_of(where.root);
      const bool is_new = install::load_installed(fs::native(), where)->version == "2";
      const std::string wrong = differences(is_new ? two : one, found);
      BOOST_REQUIRE_MESSAGE(wrong.empty(),
                            "stopped at " << at << ", then at " << recovery_at << wrong);
      ++(is_new ? news : olds);
      fs::remove_tree(fs::native(), where.root);
    }
  }
  BOOST_TEST(olds > 0u);
  BOOST_TEST(news > 0u);
  BOOST_TEST_MESSAGE(olds + news << " stops, " << news << " of them new");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
