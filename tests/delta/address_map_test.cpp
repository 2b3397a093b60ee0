// Mapped addresses of the old program, against a model that asks each byte.

#include "model/address_map.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "model/predicted_segment.hpp"
#include "model/target_predictor.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint32_t kSize = 3000;

/// Three sections without gap, and memory after the last that begins as zeros.
Program program() {
  Program made;
  made.image_base = 0x400000;
  made.sections = {{0, 500, 0x400000, 500, false},
                   {500, 1500, 0x401000, 1500, true},
                   {2000, 1000, 0x403000, 9000, false}};
  return made;
}

std::vector<Section> moved_sections() {
  return {{0, 600, 0x500000, 600, false},
          {600, 1600, 0x501000, 1600, true},
          {2200, 1100, 0x503000, 9000, false}};
}

std::vector<Equivalence> random_copies(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  std::vector<Equivalence> copies;
  for (std::size_t i = 0; i < count; ++i) {
    const auto below = [&](std::uint32_t end) {
      return static_cast<std::uint32_t>(random() % end);
    };
    const std::uint32_t begin = below(kSize);
    const std::uint32_t most = std::min(kSize - begin, 1 + below(400));
    copies.push_back({begin, below(5000), 1 + below(most)});
  }
  return copies;
}

/// The copy that has an old byte: the longest, of two the one that is first in the new file.
const Equivalence* owner(std::span<const Equivalence> copies, std::uint64_t place) {
  const Equivalence* best = nullptr;
  for (const Equivalence& one : copies) {
    if (place - one.old_begin >= one.length) continue;
    const bool is_better = best == nullptr || one.length > best->length ||
                           (one.length == best->length && one.new_begin < best->new_begin);
    if (is_better) best = &one;
  }
  return best;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_address_map)

BOOST_AUTO_TEST_CASE(each_byte_goes_where_its_longest_copy_brings_it) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const std::vector<Equivalence> copies = random_copies(seed, seed);
    const AddressMap map(program(), moved_sections(), 0x500000, copies);
    BOOST_TEST(map.pieces().size() <= copies.size());
    for (std::uint64_t place = 0; place < kSize; ++place) {
      const Equivalence* const copy = owner(copies, place);
      const std::optional<std::uint64_t> moved = map.moved(place);
      BOOST_TEST_REQUIRE(moved.has_value() == (copy != nullptr));
      if (copy == nullptr) continue;
      const std::uint64_t expected = copy->new_begin + (place - copy->old_begin);
      BOOST_TEST_REQUIRE(*moved == expected);
      const AddressMap::Mapped mapped = map.map(map.old_address(place));
      BOOST_TEST_REQUIRE(mapped.is_covered);
      BOOST_TEST_REQUIRE(mapped.address == map.new_address(expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(copies_of_one_length_from_one_place_leave_it_to_the_first_in_the_new_file) {
  const AddressMap map(program(), moved_sections(), 0x500000,
                       {{100, 700, 50}, {100, 10, 50}, {120, 900, 50}, {80, 300, 50}});
  BOOST_TEST(map.moved(100).value() == 10u);
  BOOST_TEST(map.moved(149).value() == 59u);
  BOOST_TEST(map.moved(150).value() == 930u);
  BOOST_TEST(map.moved(99).value() == 319u);
  BOOST_TEST(map.pieces().size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_no_copy_brings_moves_with_the_nearer_neighbour) {
  const AddressMap map(program(), moved_sections(), 0x500000, {{600, 700, 100}, {800, 1000, 100}});
  const auto moved_by = [&](std::uint64_t place) {
    const AddressMap::Mapped mapped = map.map(map.old_address(place));
    BOOST_TEST(!mapped.is_covered);
    return mapped.address - 0x501000 + 600 - place;
  };
  BOOST_TEST(moved_by(550) == 100u);
  BOOST_TEST(moved_by(749) == 100u);
  BOOST_TEST(moved_by(751) == 200u);
  BOOST_TEST(moved_by(1500) == 200u);
}

BOOST_AUTO_TEST_CASE(
    memory_without_bytes_moves_with_its_section_and_other_addresses_with_the_base) {
  const AddressMap map(program(), moved_sections(), 0x500000, {});
  BOOST_TEST(map.map(0x403000 + 5000).address == 0x503000u + 5000);
  BOOST_TEST(map.map(0x300000).address == 0x400000u);
  BOOST_TEST(map.map(~std::uint64_t{0}).address == 0xfffffu);
  BOOST_TEST(!map.old_offset(0x403000 + 5000).has_value());
  BOOST_TEST(map.old_offset(0x403000 + 10).value() == 2010u);
}

BOOST_AUTO_TEST_CASE(addresses_do_not_depend_on_what_was_asked_before) {
  // Sections as only somebody hostile would give them.
  std::vector<Section> wild = moved_sections();
  wild[0] = {0, 5000, 0x900000, 5000, false};
  wild[2] = {600, 100, ~std::uint64_t{0} - 50, 100, false};
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<Equivalence> copies = random_copies(seed, 20);
    const AddressMap used(program(), wild, 0x500000, copies);
    std::mt19937 random(seed);
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t place = random() % 6000;
      const std::uint64_t address = 0x3ffff0 + random() % 0x6000;
      const AddressMap unused(program(), wild, 0x500000, copies);
      BOOST_TEST_REQUIRE(used.new_address(place) == unused.new_address(place));
      BOOST_TEST_REQUIRE(used.old_address(place) == unused.old_address(place));
      BOOST_TEST_REQUIRE(used.map(address).address == unused.map(address).address);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pair_has_the_copies_of_its_own_parts) {
  // Old parts end at 100 and 300; new ones at 150 and 400.
  const std::vector<Operation> operations{
      {10, 50, 20}, {0, 90, 150}, {50, 100, 100}, {0, 50, 60}, {0, 50, 280}};
  const std::vector<Equivalence> second = equivalences_of(operations, 0, 100, 300, 150, 400);
  BOOST_TEST_REQUIRE(second.size() == 1u);
  BOOST_TEST(second[0].old_begin == 0u);
  BOOST_TEST(second[0].new_begin == 50u);
  BOOST_TEST(second[0].length == 100u);
}

BOOST_AUTO_TEST_CASE(a_target_is_predicted_as_it_was_last) {
  const AddressMap map(program(), moved_sections(), 0x500000, {{500, 700, 500}});
  TargetPredictor targets(map);
  const std::uint64_t target = 0x401010;
  const TargetPredictor::Prediction first = targets.predict(target);
  BOOST_TEST(first.is_covered);
  BOOST_TEST(!first.is_remembered);
  BOOST_TEST(first.address == map.map(target).address);
  targets.learn(target, first, 0x777777);
  const TargetPredictor::Prediction second = targets.predict(target);
  BOOST_TEST(second.is_remembered);
  BOOST_TEST(second.address == 0x777777u);
  BOOST_TEST(second.mapped == first.mapped);
  // A neighbour that a copy brings is left to the map.
  BOOST_TEST(targets.predict(target + 4).address == map.map(target + 4).address);
}

BOOST_AUTO_TEST_CASE(a_target_that_went_where_it_was_foreseen_is_remembered_by_version_1_1_alone) {
  const AddressMap map(program(), moved_sections(), 0x500000, {{500, 700, 500}});
  for (const Models models : {Models::mixed, Models::logistic, Models::lean}) {
    TargetPredictor targets(map, models);
    const std::uint64_t target = 0x401010;
    const TargetPredictor::Prediction first = targets.predict(target);
    targets.learn(target, first, first.address);
    BOOST_TEST(targets.predict(target).is_remembered == (models == Models::mixed));
    targets.learn(target, targets.predict(target), 0x777777);
    targets.learn(target, targets.predict(target), first.address);
    BOOST_TEST(targets.predict(target).is_remembered);
    BOOST_TEST(targets.predict(target).address == first.address);
  }
}

BOOST_AUTO_TEST_CASE(a_target_that_no_copy_brings_moves_as_its_neighbours_did) {
  const AddressMap map(program(), moved_sections(), 0x500000, {});
  TargetPredictor targets(map);
  const std::uint64_t target = 0x403000 + 3000;
  targets.learn(target, targets.predict(target), target + 0x1234);
  for (const std::uint64_t near : {target + 1, target - 20, target + 200, target - 900}) {
    const TargetPredictor::Prediction prediction = targets.predict(near);
    BOOST_TEST(!prediction.is_remembered);
    BOOST_TEST(prediction.address == near + 0x1234);
  }
  const std::uint64_t far = target - 5000;
  BOOST_TEST(targets.predict(far).address == map.map(far).address);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
