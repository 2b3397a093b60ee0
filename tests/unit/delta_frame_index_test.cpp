#include <boost/test/unit_test.hpp>
#include <limits>

#include "program/frame_index.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kAddress = 0x401000;

// Descriptions from 0x402000 on; two entries: 0x400500 and 0x400800, described at 0x402010 and
// 0x402040.
const Bytes kTable{0x01, 0x1b, 0x03, 0x3b,                          //
                   0xfc, 0x0f, 0x00, 0x00,                          // 0x402000 - 0x401004
                   0x02, 0x00, 0x00, 0x00,                          //
                   0x00, 0xf5, 0xff, 0xff, 0x10, 0x10, 0x00, 0x00,  //
                   0x00, 0xf8, 0xff, 0xff, 0x40, 0x10, 0x00, 0x00};

Bytes changed(std::size_t place, std::uint8_t value) {
  Bytes table = kTable;
  table[place] = value;
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_frame_index)

BOOST_AUTO_TEST_CASE(a_frame_index_is_read_as_addresses) {
  const auto index = read_frame_index(kTable, kAddress);
  BOOST_TEST_REQUIRE(index.has_value());
  BOOST_TEST(index->frames == 0x402000u);
  BOOST_TEST_REQUIRE(index->entries.size() == 2u);
  BOOST_TEST((index->entries[0] == FrameIndex::Entry{0x400500, 0x402010}));
  BOOST_TEST((index->entries[1] == FrameIndex::Entry{0x400800, 0x402040}));
}

BOOST_AUTO_TEST_CASE(a_frame_index_is_written_sorted_as_linkers_write_it) {
  const FrameIndex index{0x402000, {{0x400800, 0x402040}, {0x400500, 0x402010}}};
  BOOST_TEST(write_frame_index(index, kAddress) == kTable);
}

BOOST_AUTO_TEST_CASE(a_frame_index_without_entries_is_its_header) {
  const Bytes table = write_frame_index({0x402000, {}}, kAddress);
  BOOST_TEST(table.size() == 12u);
  BOOST_TEST(read_frame_index(table, kAddress)->entries.empty());
}

BOOST_AUTO_TEST_CASE(a_frame_index_in_another_form_is_none) {
  for (std::size_t place = 0; place < 4; ++place) {
    const auto byte = static_cast<std::uint8_t>(kTable[place] ^ 1);
    BOOST_TEST(!read_frame_index(changed(place, byte), kAddress));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_index_may_end_anywhere) {
  for (std::size_t size = 0; size < kTable.size(); ++size) {
    const auto index = read_frame_index(ByteView(kTable).first(size), kAddress);
    BOOST_TEST(index.has_value() == (size >= 12));
    if (index) BOOST_TEST(index->entries.size() == (size - 12) / 8);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_index_has_no_more_entries_than_bytes) {
  const auto index = read_frame_index(changed(11, 0xff), kAddress);
  BOOST_TEST_REQUIRE(index.has_value());
  BOOST_TEST(index->entries.size() == 2u);
  BOOST_TEST(read_frame_index(changed(8, 1), kAddress)->entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(addresses_of_a_frame_index_wrap) {
  for (const std::uint64_t address :
       {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
    const auto index = read_frame_index(kTable, address);
    BOOST_TEST_REQUIRE(index.has_value());
    BOOST_TEST(index->entries[0].code == address - 0xb00);
    BOOST_TEST(write_frame_index(*index, address).size() == kTable.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
