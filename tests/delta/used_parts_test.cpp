// Which old parts a delta needs, and what it is without the others.

#include <boost/test/unit_test.hpp>

#include "delta/encode/used_parts.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kShort = kLeastUse - 1;

using Operations = std::vector<Operation>;

/// Five parts, the third of them empty.
const std::vector<std::uint64_t> kBorders{0, 100, 300, 300, 600, 1'000};

std::vector<bool> used(const Operations& operations) {
  std::vector<bool> parts(kBorders.size() - 1);
  mark_used(operations, kBorders, parts);
  return parts;
}

Bytes image() {
  Bytes bytes(kBorders.back());
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 >> 3);
  return bytes;
}

/// The output of operations on an image, where literals are the new bytes at their place.
Bytes made(const Operations& operations, const Bytes& image, const Bytes& new_bytes) {
  Bytes result;
  for (const Operation& operation : operations) {
    const auto literal = new_bytes.begin() + static_cast<std::ptrdiff_t>(result.size());
    result.insert(result.end(), literal, literal + static_cast<std::ptrdiff_t>(operation.literal));
    if (operation.copy == 0) continue;
    const auto copy = image.begin() + static_cast<std::ptrdiff_t>(operation.position);
    result.insert(result.end(), copy, copy + static_cast<std::ptrdiff_t>(operation.copy));
  }
  return result;
}

/// The operations for the parts that are used; they make the same bytes of those.
Operations moved(const Operations& operations) {
  Bytes old_bytes = image();
  const Bytes new_bytes = made(operations, old_bytes, Bytes(10'000, 'x'));
  const std::vector<bool> parts = used(operations);
  const UsedImage without(kBorders, parts);
  without.compact(old_bytes);
  const Operations result = without.moved(operations);
  BOOST_TEST((made(result, old_bytes, new_bytes) == new_bytes));
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_used_parts)

BOOST_AUTO_TEST_CASE(a_part_is_used_by_a_copy_that_is_long_enough) {
  BOOST_TEST((used({{0, kLeastUse, 100}}) == std::vector{false, true, false, false, false}));
  BOOST_TEST((used({{0, kShort, 100}}) == std::vector<bool>(5)));
  BOOST_TEST(
      (used({{0, kLeastUse, 300 - kLeastUse}}) == std::vector{false, true, false, false, false}));
  BOOST_TEST((used({{kLeastUse, 0, 0}}) == std::vector<bool>(5)));
}

BOOST_AUTO_TEST_CASE(a_copy_over_borders_uses_all_that_it_touches) {
  BOOST_TEST((used({{0, kLeastUse, 99}}) == std::vector{true, true, false, false, false}));
  const Operations operations{{5, 600, 99}, {0, 40, 960}};
  BOOST_TEST((used(operations) == std::vector<bool>(5, true)));
  BOOST_TEST((moved(operations) == operations));
}

BOOST_AUTO_TEST_CASE(parts_that_are_left_out_in_the_middle_bring_later_ones_forward) {
  const Operations operations{{3, 50, 20}, {0, 200, 700}, {9, 33, 0}, {4, 0, 0}};
  BOOST_TEST((used(operations) == std::vector{true, false, false, false, true}));
  BOOST_TEST((moved(operations) == Operations{{3, 50, 20}, {0, 200, 200}, {9, 33, 0}, {4, 0, 0}}));
}

BOOST_AUTO_TEST_CASE(short_copies_stay_where_their_parts_do) {
  BOOST_TEST((moved({{0, 8, 400}, {0, 100, 310}}) == Operations{{0, 8, 100}, {0, 100, 10}}));
}

BOOST_AUTO_TEST_CASE(short_copies_that_touch_a_part_that_is_left_out_become_literals) {
  BOOST_TEST((moved({{1, 8, 0}, {2, 50, 110}, {3, 9, 598}, {4, 10, 700}, {5, 60, 400}}) ==
              Operations{{11, 50, 10}, {31, 60, 300}}));
  BOOST_TEST((moved({{0, 50, 110}, {3, 9, 92}, {4, 0, 0}}) == Operations{{0, 50, 10}, {16, 0, 0}}));
  BOOST_TEST((moved({{0, 50, 110}, {3, 9, 92}}) == Operations{{0, 50, 10}, {12, 0, 0}}));
}

BOOST_AUTO_TEST_CASE(where_all_parts_are_left_out_one_literal_stays) {
  BOOST_TEST((moved({{1, 8, 0}, {2, kShort, 110}, {3, 0, 0}}) == Operations{{14 + kShort, 0, 0}}));
  BOOST_TEST((moved({}) == Operations()));
}

BOOST_AUTO_TEST_CASE(an_image_keeps_the_bytes_of_used_parts) {
  const Bytes whole = image();
  Bytes bytes = whole;
  const std::vector<bool> ends{true, false, true, false, true};
  UsedImage(kBorders, ends).compact(bytes);
  Bytes expected(whole.begin(), whole.begin() + 100);
  expected.insert(expected.end(), whole.begin() + 600, whole.end());
  BOOST_TEST((bytes == expected));
  const std::vector<bool> none(5);
  UsedImage(kBorders, none).compact(bytes = whole);
  BOOST_TEST(bytes.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
