#include <boost/test/unit_test.hpp>

#include "case.hpp"
#include "failure.hpp"
#include "install/folder_transaction.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {
namespace {


/// True if `work` came to its end before the disk stopped.
template <typename Work>
bool ends(const Work& work) {
  try {
    work();
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

struct Fixture {
  UpdateCase update;
  fs::FileSystem& disk = fs::native();

  void require_whole(const install::Layout& layout, const std::string& when) {
    const std::string wrong = update.neither_old_nor_new(layout);
    BOOST_REQUIRE_MESSAGE(wrong.empty(), when << wrong);
    BOOST_REQUIRE_MESSAGE(recover(disk, layout) == Recovery::nothing, when << ": a second recover");
    BOOST_REQUIRE_MESSAGE(!disk.stat(layout.staging()) && !disk.stat(layout.backup()),
                          when << ": something is left");
  }

  /// A folder in which a commit ended right after its journal was written.
  install::Layout stopped_with_a_journal() {
    for (std::size_t at = 0;; ++at) {
      install::Layout layout = update.new_copy();
      StoppingFileSystem stopping(at);
      BOOST_REQUIRE(!ends([&] { update.update(stopping, layout); }));
      if (disk.stat(layout.journal())) return layout;
      UpdateCase::drop(layout);
    }
  }

  /// Stops recover at every change, on copies of the folder. Returns how often.
  std::size_t stop_recovery(const install::Layout& stopped, bool links, const std::string& when) {
    for (std::size_t at = 0;; ++at) {
      const install::Layout layout = update.copy_of(stopped.root);
      StoppingFileSystem stopping(at);
      if (!links) stopping.have_no_links();
      const bool ended = ends([&] { install::recover(stopping, layout); });
      install::recover(disk, layout);
      require_whole(layout, when + ", recover stopped at " + std::to_string(at));
      UpdateCase::drop(layout);
      if (ended) return at;
    }
  }
};

/// The state that recover will find; equal ones need not be tried twice.
Picture state_of(const install::Layout& layout) {
  Picture state = picture_of(layout.root);
  for (const auto& [path, what] : picture_of(layout.state())) state[".xppkg/" + path] = what;
  return state;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(commit, Fixture)

BOOST_AUTO_TEST_CASE(commit_stopped_at_any_change_leaves_whole_files_and_recovers_to_old_or_new) {
  std::size_t at = 0;
  std::size_t in_recovery = 0;
  std::size_t became_new = 0;
  Picture last;
  for (bool ended = false; !ended; ++at) {
    const install::Layout layout = update.new_copy();
    StoppingFileSystem stopping(at);
    ended = ends([&] { update.update(stopping, layout); });
    const std::string when = "stopped at " + std::to_string(at);
    const std::string torn = update.torn_names(layout);
    BOOST_REQUIRE_MESSAGE(torn.empty(), when << torn);
    const Picture state = state_of(layout);
    const bool has_journal = disk.stat(layout.journal()) || disk.stat(layout.journal_done());
    if (has_journal && state != last) in_recovery += stop_recovery(layout, true, when);
    last = state;
    install::recover(disk, layout);
    require_whole(layout, when);
    if (update.is_new(layout)) ++became_new;
    UpdateCase::drop(layout);
  }
  BOOST_TEST(became_new > 0u);
  BOOST_TEST(became_new < at);
  BOOST_TEST_MESSAGE(at << " stop points in the commit, " << in_recovery << " in recover");
}

BOOST_AUTO_TEST_CASE(change_that_fails_once_leaves_the_old_release_or_does_no_harm) {
  update.kept_release_may_be_lost();
  std::size_t at = 0;
  std::size_t failed = 0;
  for (bool reached = true; reached; ++at) {
    for (const Code code : {Code::space_insufficient, Code::io_failed}) {
      const install::Layout layout = update.new_copy();
      StoppingFileSystem failing;
      failing.fail_once(at, code);
      const bool threw = !error_of([&] { update.update(failing, layout); }).empty();
      reached = failing.changes() > at;
      const std::string when = "failed at " + std::to_string(at);
      const Picture& expected = threw ? update.before() : update.after();
      const std::string wrong = differences(expected, picture_of(layout.root));
      BOOST_REQUIRE_MESSAGE(wrong.empty(), when << wrong);
      install::recover(disk, layout);
      require_whole(layout, when);
      BOOST_REQUIRE_MESSAGE(update.is_new(layout) == !threw, when << ": recover changed its mind");
      if (threw) {
        ++failed;
        update.update(disk, layout);
        BOOST_REQUIRE_MESSAGE(update.is_new(layout), when << ": the next try");
      }
      UpdateCase::drop(layout);
    }
  }
  BOOST_TEST(failed > 0u);
  BOOST_TEST_MESSAGE(2 * at << " single failures, of which " << failed << " ended the commit");
}

// The way back: a recovery that cannot go on, stopped at every change on its way to the old
// release.
BOOST_AUTO_TEST_CASE(recovery_that_fails_goes_back_to_old_wherever_it_is_stopped) {
  update.kept_release_may_be_lost();
  const install::Layout started = stopped_with_a_journal();
  std::size_t tried = 0;
  std::size_t undone = 0;
  // Every fourth failure: each is followed by a stop at every later change.
  bool reached = true;
  for (std::size_t failure = 0; reached; failure += 4) {
    for (std::size_t at = failure + 1;; ++at, ++tried) {
      const install::Layout layout = update.copy_of(started.root);
      StoppingFileSystem disk_that_fails(at);
      disk_that_fails.fail_once(failure, Code::io_failed);
      Recovery first = Recovery::nothing;
      const bool ended = ends([&] {
        try {
          first = install::recover(disk_that_fails, layout);
        } catch (const Error&) {
          // It failed while it cleared away: the next start goes on.
        }
      });
      const bool is_back = disk.stat(layout.journal_undo()).has_value();
      install::recover(disk, layout);
      const std::string when =
          "failed at " + std::to_string(failure) + ", stopped at " + std::to_string(at);
      require_whole(layout, when);
      if (is_back) BOOST_REQUIRE_MESSAGE(!update.is_new(layout), when << ": not back");
      UpdateCase::drop(layout);
      if (!ended) continue;
      if (first == Recovery::undone) ++undone;
      reached = disk_that_fails.changes() > failure;
      break;
    }
  }
  BOOST_TEST(undone > 0u);
  BOOST_TEST_MESSAGE(tried << " stop points in recoveries that fail");
}

// FAT and some shares have no second names: between two calls a name may be missing there, but
// what recover makes is whole all the same.
BOOST_AUTO_TEST_CASE(commit_without_hard_links_recovers_to_old_or_new_too) {
  std::size_t at = 0;
  for (bool ended = false; !ended; ++at) {
    const install::Layout layout = update.new_copy();
    StoppingFileSystem stopping(at);
    stopping.have_no_links();
    ended = ends([&] { update.update(stopping, layout); });
    install::recover(disk, layout);
    require_whole(layout, "stopped at " + std::to_string(at));
    UpdateCase::drop(layout);
  }
  BOOST_TEST_MESSAGE(at << " stop points in a commit without hard links");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
