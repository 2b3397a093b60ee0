// The function table of a PE program, as it becomes.

#include "delta/search/function_table.hpp"

#include <boost/test/unit_test.hpp>

#include "programs.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kBase = 0x140000000;
constexpr std::uint64_t kTable = 0x1800;

/// 4 KiB of code and as much data; in the new file the two halves of the code have changed places,
/// and the data lies 0x100 further ahead.
AddressMap swapped_halves(std::uint64_t table_size) {
  Program program;
  program.image_base = kBase;
  program.sections = {{0, 0x1000, kBase, 0x1000, true}, {0x1000, 0x1000, kBase + 0x1000, 0x1000}};
  program.function_table = {kTable, table_size};
  std::vector<Section> new_sections = program.sections;
  new_sections[1].size += 0x100;
  new_sections[1].extent += 0x100;
  return {program,
          new_sections,
          kBase,
          {{0, 0x800, 0x800}, {0x800, 0, 0x800}, {0x1000, 0x1100, 0x1000}}};
}

void put_row(Bytes& file, std::uint64_t place, std::uint32_t begin, std::uint32_t end,
             std::uint32_t unwind) {
  test::put(file, place, begin);
  test::put(file, place + 4, end);
  test::put(file, place + 8, unwind);
}

Bytes named(const Bytes& file, std::uint64_t table_size) {
  Bytes result = file;
  name_functions(result, file, swapped_halves(table_size));
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_function_table)

BOOST_AUTO_TEST_CASE(functions_are_named_by_where_they_have_gone_with_their_ends) {
  Bytes file(0x2000);
  put_row(file, kTable, 0x10, 0x90, 0x1010);
  put_row(file, kTable + 12, 0x700, 0x800, 0x1020);  // ends where the other half began
  put_row(file, kTable + 24, 0x800, 0x1000, 0x1030);
  Bytes expected = file;
  put_row(expected, kTable, 0x810, 0x890, 0x1110);
  put_row(expected, kTable + 12, 0xf00, 0x1000, 0x1120);
  put_row(expected, kTable + 24, 0, 0x800, 0x1130);
  BOOST_TEST(named(file, 36) == expected);
}

BOOST_AUTO_TEST_CASE(a_row_that_is_not_whole_stays) {
  Bytes file(0x2000);
  put_row(file, kTable, 0x10, 0x90, 0x1010);
  BOOST_TEST(named(file, 11) == file);
  BOOST_TEST(named(file, 0) == file);
}

BOOST_AUTO_TEST_CASE(rows_that_name_nothing_do_no_harm) {
  Bytes file(0x2000);
  put_row(file, kTable, 0, 0, 0xffffffff);
  Bytes expected = file;
  test::put(expected, kTable, 0x800);  // where the code has gone that lay at the image base
  BOOST_TEST(named(file, 12) == expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
