// Tables by which code chooses among many cases.

#include "delta/search/jump_tables.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "payloads.hpp"
#include "programs.hpp"

namespace xppkg::delta {

bool operator==(const JumpTable& a, const JumpTable& b) {
  return a.offset == b.offset && a.entries == b.entries;
}

namespace {

constexpr std::uint64_t kBase = 0x400000;
constexpr std::uint64_t kData = 0x1000;  // where it begins; before it there is code
constexpr std::uint64_t kTable = 0x1100;

using Tables = std::vector<JumpTable>;

/// Code that names a place in data: lea rax, [rip + distance].
void put_lea(Bytes& file, std::uint64_t at, std::uint64_t place) {
  test::put(file, at, 0x058d48, 3);
  test::put(file, at + 3, place - (at + 7));
}

void put_table(Bytes& file, std::uint64_t place, const std::vector<std::uint64_t>& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i)
    test::put(file, place + 4 * i, targets[i] - place);
}

Program program_of(Processor processor = Processor::x86_64) {
  Program program;
  program.processor = processor;
  program.image_base = kBase;
  program.sections = {{0, kData, kBase, kData, true},
                      {kData, 0x1000, kBase + kData, 0x1000, false}};
  return program;
}

/// A table of five cases, which code names.
Bytes with_table() {
  Bytes file(0x2000, 0x90);
  put_lea(file, 0x10, kTable);
  put_table(file, kTable, {0x20, 0x80, 0x40, 0xd00, 0x20});
  return file;
}

Tables found(const Bytes& file, const Program& program = program_of()) {
  return find_jump_tables(program, file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_jump_tables)

BOOST_AUTO_TEST_CASE(a_table_that_code_names_is_found_up_to_the_first_entry_outside_of_code) {
  BOOST_TEST((found(with_table()) == Tables{{kTable, 5}}));
  Bytes longer = with_table();
  put_table(longer, kTable, {0x20, 0x80, 0x40, 0xd00, 0x20, 0, 0x1000, 0x30});
  BOOST_TEST((found(longer) == Tables{{kTable, 6}}));
}

BOOST_AUTO_TEST_CASE(a_table_ends_where_the_next_thing_begins_that_code_names) {
  Bytes file = with_table();
  put_lea(file, 0x30, kTable + 16);
  BOOST_TEST((found(file) == Tables{{kTable, 4}}));
  put_lea(file, 0x30, kTable + 12);
  BOOST_TEST(found(file).empty());
}

BOOST_AUTO_TEST_CASE(what_code_does_not_name_or_is_not_aligned_or_has_few_entries_is_no_table) {
  Bytes file = with_table();
  test::put(file, 0x10, 0x909090, 3);
  BOOST_TEST(found(file).empty());
  file = with_table();
  put_lea(file, 0x10, kTable + 2);
  BOOST_TEST(found(file).empty());
  file = with_table();
  put_table(file, kTable, {0x20, 0x80, 0x40, 0x1000});
  BOOST_TEST(found(file).empty());
}

BOOST_AUTO_TEST_CASE(a_table_may_end_with_its_section_and_the_file) {
  Bytes file = with_table();
  put_lea(file, 0x10, 0x2000 - 16);
  put_table(file, 0x2000 - 16, {0x20, 0x80, 0x40, 0x60});
  BOOST_TEST((found(file) == Tables{{0x2000 - 16, 4}}));
  put_lea(file, 0x10, 0x2000 - 4);
  BOOST_TEST(found(file).empty());
  put_lea(file, 0x10, 0x2000);
  BOOST_TEST(found(file).empty());
}

BOOST_AUTO_TEST_CASE(tables_in_garbage_are_ascending_apart_and_within_the_data) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Bytes file = test::noise(seed, 0x2000);
    for (std::uint64_t at = 0; at + 7 <= kData; at += 32) {
      put_lea(file, at, kData + 4 * (file[at] % 0x400));
      put_table(file, kData + at, {at, at, at, at, at});
    }
    std::uint64_t free = kData;
    for (const JumpTable& table : found(file)) {
      BOOST_TEST((table.offset >= free && table.entries >= kLeastJumpTable));
      free = table.offset + 4 * table.entries;
    }
    BOOST_TEST(free > kData);
    BOOST_TEST(free <= file.size());
  }
}

BOOST_AUTO_TEST_CASE(a_program_whose_code_is_not_understood_has_no_tables) {
  BOOST_TEST(found(with_table(), program_of(Processor::none)).empty());
  BOOST_TEST(found({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(entries_are_named_by_where_their_cases_have_gone) {
  const Bytes file = with_table();
  const Program program = program_of();
  // All code from 0x40 on has moved by 0x100.
  const AddressMap map(program, program.sections, kBase,
                       {{0, 0, 0x40}, {0x40, 0x140, 0xec0}, {0x1000, 0x1000, 0x1000}});
  Bytes named = file;
  name_jump_tables(named, file, map, found(file));
  Bytes expected = file;
  const std::vector<std::uint64_t> targets{0x20, 0x180, 0x140, 0xe00, 0x20};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    test::put(expected, kTable + 4 * i, kBase + targets[i]);
  }
  BOOST_TEST(named == expected);
}

BOOST_AUTO_TEST_CASE(tables_of_the_same_cases_are_the_same_wherever_they_lie) {
  const Bytes old_file = with_table();
  const Program program = program_of();
  // The code has moved by 0x200, the table by 0x44, and no copy brings it.
  Bytes new_file(0x2000, 0x90);
  put_lea(new_file, 0x210, kTable + 0x44);
  put_table(new_file, kTable + 0x44, {0x220, 0x280, 0x240, 0xf00, 0x220});
  Bytes old_named = old_file;
  name_jump_tables(old_named, old_file,
                   AddressMap(program, program.sections, kBase, {{0, 0x200, 0xe00}}),
                   found(old_file));
  Bytes new_named = new_file;
  name_jump_tables(new_named, new_file, AddressMap(program, program.sections, kBase, {}),
                   found(new_file));
  BOOST_TEST(std::ranges::equal(ByteView(old_named).subspan(kTable, 20),
                                ByteView(new_named).subspan(kTable + 0x44, 20)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
