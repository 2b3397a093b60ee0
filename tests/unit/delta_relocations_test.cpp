#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "program/program.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint8_t kAbsolute32 = 3;
constexpr std::uint8_t kAbsolute64 = 10;

/// A block as it lies in the file.
Bytes block(std::uint32_t page, std::uint32_t size, const std::vector<std::uint16_t>& entries) {
  ByteWriter writer;
  writer.u32(page);
  writer.u32(size);
  for (const std::uint16_t entry : entries) writer.u16(entry);
  return writer.take();
}

Bytes joined(std::initializer_list<Bytes> blocks) {
  Bytes all;
  for (const Bytes& one : blocks) all.insert(all.end(), one.begin(), one.end());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_relocations)

BOOST_AUTO_TEST_CASE(the_entries_of_a_table_are_read_without_its_padding) {
  const Bytes table = joined({block(0x1000, 12, {0xa010, 0x3ffc}), block(0x5000, 12, {0xa008, 0})});
  const std::vector<Relocation> expected{
      {0x1010, kAbsolute64}, {0x1ffc, kAbsolute32}, {0x5008, kAbsolute64}};
  BOOST_TEST((read_relocations(table) == expected));
}

BOOST_AUTO_TEST_CASE(what_was_read_is_written_byte_for_byte) {
  const Bytes table = joined({block(0, 12, {0xa010, 0xa018}), block(0x1000, 12, {0x3001, 0}),
                              block(0xfffff000, 16, {0xa000, 0xa008, 0xaff8, 0})});
  BOOST_TEST((write_relocations(read_relocations(table)) == table));
}

BOOST_AUTO_TEST_CASE(a_table_is_written_sorted_and_without_doubles) {
  const Bytes written = write_relocations(
      {{0x5008, kAbsolute64}, {0x1ffc, kAbsolute32}, {0x1010, kAbsolute64}, {0x5008, kAbsolute64}});
  BOOST_TEST(
      (written == joined({block(0x1000, 12, {0xa010, 0x3ffc}), block(0x5000, 12, {0xa008, 0})})));
}

BOOST_AUTO_TEST_CASE(no_relocations_make_no_bytes) {
  BOOST_TEST(write_relocations({}).empty());
  BOOST_TEST(read_relocations({}).empty());
}

BOOST_AUTO_TEST_CASE(reading_ends_at_the_first_malformed_block) {
  const Bytes good = block(0x1000, 12, {0xa010, 0xa018});
  const std::vector<Bytes> malformed{
      block(0x2001, 12, {0xa000, 0xa008}),     // a page that begins within one
      block(0x2000, 7, {0xa000}),              // smaller than its own header
      block(0x2000, 0, {}),                    // the zeros after a table
      block(0x2000, 11, {0xa000, 0xa008}),     // half an entry
      block(0x2000, 0x100, {0xa000, 0xa008}),  // beyond the table
      block(0x2000, 0xfffffffe, {0xa000, 0xa008})};
  for (const Bytes& bad : malformed) {
    BOOST_TEST(read_relocations(joined({good, bad})).size() == 2);
    BOOST_TEST(read_relocations(joined({bad, good})).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_table_may_end_anywhere) {
  const Bytes table = joined({block(0x1000, 12, {0xa010, 0xa018}), block(0x5000, 12, {0xa008, 0})});
  for (std::size_t size = 0; size <= table.size(); ++size) {
    const std::size_t expected = size < 12 ? 0 : size < 24 ? 2 : 3;
    BOOST_TEST(read_relocations(ByteView(table).first(size)).size() == expected);
  }
}

BOOST_AUTO_TEST_CASE(whatever_is_written_is_read_again) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Relocation> some(random() % 50);
    for (Relocation& entry : some) {
      // Few pages, so that they have many entries; also the very last ones.
      entry.address = static_cast<std::uint32_t>(random() % 0x4000 - 0x2000);
      entry.type = static_cast<std::uint8_t>(1 + random() % 15);
    }
    std::vector<Relocation> expected = some;
    std::ranges::sort(expected);
    const auto doubles = std::ranges::unique(expected);
    expected.erase(doubles.begin(), doubles.end());
    BOOST_TEST((read_relocations(write_relocations(some)) == expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
