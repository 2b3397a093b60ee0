#include <boost/test/unit_test.hpp>
#include <random>

#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

/// A tree from a seed: a few names that each may be missing, a file, a link or a folder.
class Grower {
 public:
  explicit Grower(unsigned seed) : random_(seed) {}

  Tree tree() {
    Tree grown;
    grow(grown, "", 0);
    return grown;
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  void grow(Tree& tree, const std::string& prefix, int depth) {
    for (const char* name : {"a", "b.txt", ".c", "d e", "é"}) {
      const std::string path = prefix + name;
      switch (pick(depth < 3 ? 6 : 4)) {
        case 0:
          break;
        case 1:
          tree.push_back({path, EntryKind::symlink, 0, name, false});
          break;
        case 2:
        case 3:
          tree.push_back({path, EntryKind::file, kFileModes.at(pick(4)), contents(), false});
          break;
        default:
          tree.push_back({path, EntryKind::directory, kFolderModes.at(pick(3)), "", false});
          grow(tree, path + "/", depth + 1);
      }
    }
  }

  // Few contents, so that files are often moved, copied, and alike.
  std::string contents() {
    std::string text;
    const unsigned words = pick(4) * 40;
    std::minstd_rand words_random(pick(12) + 1);
    for (unsigned i = 0; i < words; ++i) text += std::to_string(words_random() % 1000) + " ";
    return text;
  }

  static constexpr std::array<std::uint32_t, 4> kFileModes{0644, 0755, 0444, 0600};
  static constexpr std::array<std::uint32_t, 3> kFolderModes{0755, 0555, 0700};
  std::mt19937 random_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(seeds)

BOOST_AUTO_TEST_CASE(trees_from_seeds_are_updated_forward_and_back) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    VendorAndWorkstation place;
    for (unsigned version = 1; version <= 3; ++version) {
      place.vendor.add(std::to_string(version), Grower(seed * 10 + version).tree());
    }
    place.pc.install("1");
    for (const std::vector<std::string>& way :
         std::vector<std::vector<std::string>>{{"2"}, {"3"}, {"1"}, {"3", "2"}, {"1", "3", "1"}}) {
      place.pc.apply(way);
      BOOST_TEST(place.pc.tree().hex() == place.vendor.release(way.back()).tree.hex(),
                 "seed " << seed << ", to " << way.back());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
