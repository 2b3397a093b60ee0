#include <boost/test/unit_test.hpp>

#include "program/function_starts.hpp"

namespace xppkg::delta {
namespace {

using Starts = std::vector<std::uint32_t>;

constexpr std::size_t kMost = 1000;

// 0x4000, 0x4010 and 0x14010; a zero, and what fills up to eight bytes.
const Bytes kTable{0x80, 0x80, 0x01, 0x10, 0x80, 0x80, 0x04, 0x00};
const Starts kStarts{0x4000, 0x4010, 0x14010};

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_function_starts)

BOOST_AUTO_TEST_CASE(starts_are_the_sums_of_the_distances_up_to_a_zero) {
  BOOST_TEST(read_function_starts(kTable) == kStarts);
  Bytes more = kTable;
  more.push_back(0x10);
  BOOST_TEST(read_function_starts(more) == kStarts);
  BOOST_TEST(read_function_starts({}).empty());
}

BOOST_AUTO_TEST_CASE(starts_are_written_sorted_and_once) {
  const Bytes written = write_function_starts({0x14010, 0x4000, 0x4010, 0x4000}, kMost);
  BOOST_TEST(written == Bytes(kTable.begin(), kTable.end() - 1));
  BOOST_TEST(write_function_starts({}, kMost).empty());
}

BOOST_AUTO_TEST_CASE(no_more_starts_are_written_than_are_asked_for) {
  BOOST_TEST(write_function_starts(kStarts, 4) == Bytes(kTable.begin(), kTable.begin() + 4));
  BOOST_TEST(write_function_starts(kStarts, 0).empty());
}

BOOST_AUTO_TEST_CASE(a_table_may_end_within_a_distance) {
  for (std::size_t size = 0; size < kTable.size(); ++size) {
    const std::size_t whole = size >= 7 ? 3 : size >= 4 ? 2 : size >= 3 ? 1 : 0;
    BOOST_TEST(read_function_starts(ByteView(kTable).first(size)).size() == whole);
  }
}

BOOST_AUTO_TEST_CASE(a_distance_of_more_than_63_bits_ends_the_table) {
  Bytes longest(8, 0xff);
  longest.push_back(0x7f);
  BOOST_TEST(read_function_starts(longest) == Starts{~std::uint32_t{0}});
  longest[8] = 0xff;
  longest.push_back(0x01);
  BOOST_TEST(read_function_starts(longest).empty());
}

BOOST_AUTO_TEST_CASE(starts_go_round_at_4_gib) {
  const Bytes table{0x80, 0x80, 0x80, 0x80, 0x0f, 0x80, 0x80, 0x80, 0x80, 0x02};
  BOOST_TEST(read_function_starts(table) == (Starts{0xf0000000, 0x10000000}));
}

BOOST_AUTO_TEST_CASE(a_distance_may_be_longer_than_it_must_be) {
  BOOST_TEST(read_function_starts(Bytes{0x90, 0x80, 0x00}) == Starts{0x10});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
