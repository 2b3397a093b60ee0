// Tables of addresses that are made of old ones by what copies say.

#include "model/derived_table.hpp"

#include <boost/test/unit_test.hpp>

#include "model/known_program.hpp"
#include "program/frame_index.hpp"
#include "program/function_starts.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kMost = 1000;

/// 4 KiB of code at 0x400000, and what is behind it at 0x500000. In the new file, where all lies
/// 0x10000 higher, the two halves of the code have changed places.
AddressMap swapped_halves(std::vector<Equivalence> equivalences = {
                              {0, 0x800, 0x800}, {0x800, 0, 0x800}, {0x1000, 0x1000, 0x1000}}) {
  Program program;
  program.image_base = 0x400000;
  program.sections = {{0, 0x1000, 0x400000, 0x1000, true},
                      {0x1000, 0x1000, 0x500000, 0x1000, false}};
  std::vector<Section> new_sections = program.sections;
  for (Section& section : new_sections) section.address += 0x10000;
  return {program, new_sections, 0x410000, std::move(equivalences)};
}

constexpr AddressTable kFrameIndex{AddressTable::Kind::frame_index, 0x1000, 0x100};
constexpr std::uint64_t kOldAddress = 0x500000;

Bytes old_index() {
  return write_frame_index(
      {0x500200, {{0x400010, 0x500210}, {0x400700, 0x500220}, {0x400900, 0x500230}}}, kOldAddress);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_derived_table)

BOOST_AUTO_TEST_CASE(a_frame_index_follows_its_code_and_is_sorted_again) {
  const Bytes made = make_table(kFrameIndex, old_index(), swapped_halves(), 0x510080, kMost);
  const FrameIndex expected{0x510200,
                            {{0x410100, 0x510230}, {0x410810, 0x510210}, {0x410f00, 0x510220}}};
  BOOST_TEST(made == write_frame_index(expected, 0x510080));
}

BOOST_AUTO_TEST_CASE(entries_of_a_frame_index_whose_code_is_gone_are_left_out) {
  const AddressMap map = swapped_halves({{0, 0x800, 0x700}, {0x1000, 0x1000, 0x1000}});
  const Bytes made = make_table(kFrameIndex, old_index(), map, kOldAddress, kMost);
  const FrameIndex expected{0x510200, {{0x410810, 0x510210}}};
  BOOST_TEST(made == write_frame_index(expected, kOldAddress));
}

BOOST_AUTO_TEST_CASE(of_a_frame_index_in_another_form_nothing_is_made) {
  Bytes other = old_index();
  other[1] = 0;
  BOOST_TEST(make_table(kFrameIndex, other, swapped_halves(), kOldAddress, kMost).empty());
  BOOST_TEST(make_table(kFrameIndex, {}, swapped_halves(), kOldAddress, kMost).empty());
  BOOST_TEST(make_table({}, old_index(), swapped_halves(), kOldAddress, kMost).empty());
}

BOOST_AUTO_TEST_CASE(relocations_follow_their_places) {
  const AddressTable table{AddressTable::Kind::relocations, 0x1000, 0x100};
  const Bytes old_table = write_relocations({{0x10, 10}, {0x900, 3}});
  const Bytes made = make_table(table, old_table, swapped_halves(), 0, kMost);
  BOOST_TEST(made == write_relocations({{0x100, 3}, {0x810, 10}}));
}

BOOST_AUTO_TEST_CASE(starts_of_functions_follow_them_but_for_those_that_are_gone) {
  const AddressTable table{AddressTable::Kind::function_starts, 0x1000, 0x100};
  const Bytes old_table = write_function_starts({0x10, 0x700, 0x900}, kMost);
  BOOST_TEST(make_table(table, old_table, swapped_halves(), 0, kMost) ==
             write_function_starts({0x100, 0x810, 0xf00}, kMost));
  const AddressMap map = swapped_halves({{0, 0x800, 0x700}, {0x1000, 0x1000, 0x1000}});
  BOOST_TEST(make_table(table, old_table, map, 0, kMost) == write_function_starts({0x810}, kMost));
}

BOOST_AUTO_TEST_CASE(readers_of_a_version_know_the_tables_of_theirs) {
  const auto known = [](AddressTable::Kind kind, std::uint16_t minor) {
    Program program;
    program.address_table = {kind, 0x1000, 0x100};
    return known_program(program, minor, 0x1000).address_table.size > 0;
  };
  using Kind = AddressTable::Kind;
  BOOST_TEST(known(Kind::relocations, kMinorPredictedCopies));
  BOOST_TEST(!known(Kind::frame_index, kMinorLeanModels));
  BOOST_TEST(known(Kind::frame_index, kMinorMadeIndexes));
  BOOST_TEST(!known(Kind::function_starts, kMinorMadeIndexes));
  BOOST_TEST(known(Kind::function_starts, kMinorExportTries));
}

BOOST_AUTO_TEST_CASE(an_export_trie_is_known_from_1_5_on_to_parts_that_are_as_large) {
  const auto known = [](std::uint64_t size, std::uint16_t minor, std::uint64_t new_size) {
    Program program;
    program.export_trie = {0x1000, size};
    return known_program(program, minor, new_size).export_trie.size > 0;
  };
  BOOST_TEST(!known(0x100, kMinorMadeIndexes, 0x1000));
  BOOST_TEST(known(0x1000, kMinorExportTries, 0x1000));
  BOOST_TEST(!known(0x1001, kMinorExportTries, 0x1000));
  BOOST_TEST(known(kMaxTable, kMinorExportTries, 2 * kMaxTable));
  BOOST_TEST(!known(kMaxTable + 1, kMinorExportTries, 2 * kMaxTable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
