#include <boost/test/unit_test.hpp>
#include <random>

#include "case.hpp"
#include "fs/files.hpp"
#include "install/folder_transaction.hpp"
#include "power_cut_disk.hpp"

namespace xppkg::test {
namespace {


/// Nothing survives, all survives, and draws between them.
constexpr int kDraws = 5;
/// Each so many-th power cut is followed by one at every change of its recovery.
constexpr std::size_t kDeepEvery = 61;

PowerCutDisk::Survives draw(int number, std::mt19937& random) {
  if (number == 0) return [] { return false; };
  if (number == 1) return [] { return true; };
  return [&random] { return random() % 2 == 0; };
}

struct Fixture {
  UpdateCase update;
  std::mt19937 random{20'261'122};
  std::size_t cuts = 0;
  std::size_t cuts_in_recovery = 0;
  std::size_t became_new = 0;

  void require_whole(PowerCutDisk& disk, const install::Layout& layout, const std::string& when) {
    const std::string wrong = update.neither_old_nor_new(layout, disk);
    BOOST_REQUIRE_MESSAGE(wrong.empty(), when << wrong);
  }

  /// The result of recover must outlive the next power cut, whatever is lost then.
  void require_lasting(PowerCutDisk& disk, const install::Layout& layout, const std::string& when) {
    install::recover(disk, layout);
    require_whole(disk, layout, when);
    PowerCutDisk later = disk.after_power_cut(draw(0, random));
    install::recover(later, layout);
    require_whole(later, layout, when + ", and once more");
  }

  void cut_recovery(const PowerCutDisk& found, const install::Layout& layout,
                    const std::string& when) {
    PowerCutDisk disk = found;
    disk.watch([&] {
      for (const int number : {0, 2}) {
        PowerCutDisk again = disk.after_power_cut(draw(number, random));
        install::recover(again, layout);
        require_whole(again, layout, when + ", again in recover");
        ++cuts_in_recovery;
      }
    });
    install::recover(disk, layout);
  }

  void cut(const PowerCutDisk& running, const install::Layout& layout) {
    for (int number = 0; number < kDraws; ++number, ++cuts) {
      const std::string when = "power cut " + std::to_string(cuts);
      PowerCutDisk disk = running.after_power_cut(draw(number, random));
      const std::string torn = update.torn_names(layout, disk);
      BOOST_REQUIRE_MESSAGE(torn.empty(), when << torn);
      if (cuts % kDeepEvery == 0) cut_recovery(disk, layout, when);
      require_lasting(disk, layout, when);
      if (picture_of(layout.root, disk) == update.after()) ++became_new;
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(power, Fixture)

BOOST_AUTO_TEST_CASE(power_cut_at_any_change_recovers_to_old_or_new_whatever_was_not_synced) {
  const install::Layout layout = update.new_copy();
  PowerCutDisk disk;
  disk.load(layout.root);
  disk.load(update.vendor());
  disk.watch([&] { cut(disk, layout); });
  update.update(disk, layout);
  disk.watch(nullptr);
  // The end of the call is a promise.
  PowerCutDisk after = disk.after_power_cut(draw(0, random));
  install::recover(after, layout);
  BOOST_TEST(differences(update.after(), picture_of(layout.root, after)) == "");
  BOOST_TEST(became_new > 0u);
  BOOST_TEST(became_new < cuts);
  BOOST_TEST_MESSAGE(cuts << " power cuts in the commit, " << cuts_in_recovery << " in recover");
}

// So that a test which finds nothing is known to look.
BOOST_AUTO_TEST_CASE(what_is_not_synced_is_lost) {
  const TempFolder folder;
  PowerCutDisk disk;
  disk.load(folder.path());
  const fs::Path file = folder.path() / "file";
  disk.create(file, 0644)->write(as_bytes("text"));
  PowerCutDisk lost = disk.after_power_cut(draw(0, random));
  BOOST_TEST(!lost.stat(file).has_value());
  disk.sync_directory(folder.path());
  lost = disk.after_power_cut(draw(0, random));
  BOOST_TEST(lost.stat(file).value().size == 0u);
  disk.sync_file(file);
  lost = disk.after_power_cut(draw(0, random));
  BOOST_TEST(as_text(fs::read_file(lost, file, 100)) == "text");
  disk.rename(file, folder.path() / "other");
  lost = disk.after_power_cut(draw(0, random));
  BOOST_TEST(lost.stat(file).has_value());
  BOOST_TEST(!lost.stat(folder.path() / "other").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
