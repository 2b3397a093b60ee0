#include "program/program.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <random>

#include "programs.hpp"

namespace xppkg::delta {
namespace {

using test::put;
using test::RawElf;
using test::RawMacho;
using test::RawPe;
using test::table_command;

constexpr std::uint64_t kUnmapped = std::uint64_t{1} << 62;

Program read(const Bytes& file) {
  return read_program(BufferReader(file));
}

bool is_same(const Section& a, const Section& b) {
  return a.offset == b.offset && a.size == b.size && a.address == b.address &&
         a.extent == b.extent && a.is_code == b.is_code;
}

/// A command without its end, as it says itself.
Bytes shortened(Bytes command, std::size_t size) {
  command.resize(size);
  put(command, 4, size);
  return command;
}

/// Says in a failed test which section is another than it should be.
void check_sections(const Program& program, const std::vector<Section>& expected) {
  BOOST_TEST(program.sections.size() == expected.size());
  for (std::size_t i = 0; i < std::min(program.sections.size(), expected.size()); ++i) {
    BOOST_TEST(is_same(program.sections[i], expected[i]), "section " << i);
  }
}

void check_symbols(const SymbolTable& table, const SymbolTable& expected) {
  BOOST_TEST(table.offset == expected.offset);
  BOOST_TEST(table.size == expected.size);
  BOOST_TEST(table.entry_size == expected.entry_size);
  BOOST_TEST(table.address_place == expected.address_place);
  BOOST_TEST(table.strings == expected.strings);
}

/// Checks that a file that is no program is taken as flat.
void check_flat(const Bytes& file) {
  const Program program = read(file);
  BOOST_TEST((program.container == Container::flat));
  BOOST_TEST((program.processor == Processor::none));
  BOOST_TEST(program.image_base == 0);
  BOOST_TEST(program.address_table.size == 0);
  BOOST_TEST(program.symbol_tables.empty());
  BOOST_TEST(program.symbol_numbers.empty());
  BOOST_TEST(program.page_digests.empty());
  check_sections(program, {{0, file.size(), 0, file.size(), false}});
}

/// A field that is written over.
struct Change {
  std::size_t place;
  std::uint64_t value;
  std::size_t size;
};

/// Each of the changes alone makes a file flat.
void check_flat_after(const Bytes& good, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    Bytes file = good;
    put(file, change.place, change.value, change.size);
    BOOST_TEST_CONTEXT("place " << change.place << " value " << change.value) {
      check_flat(file);
    }
  }
}

Bytes elf_after(const std::function<void(RawElf&)>& change) {
  RawElf elf;
  change(elf);
  return elf.bytes();
}

Bytes pe_after(const std::function<void(RawPe&)>& change) {
  RawPe pe;
  change(pe);
  return pe.bytes();
}

Bytes macho_after(const std::function<void(RawMacho&)>& change) {
  RawMacho macho;
  change(macho);
  return macho.bytes();
}

RawElf elf32() {
  RawElf elf;
  elf.is_wide = false;
  elf.machine = 3;
  return elf;
}

RawPe pe32() {
  RawPe pe;
  pe.is_wide = false;
  pe.machine = 0x14c;
  pe.image_base = 0x400000;
  return pe;
}

std::vector<Bytes> one_of_each() {
  return {RawPe{}.bytes(), pe32().bytes(), RawElf{}.bytes(), elf32().bytes(), RawMacho{}.bytes()};
}

/// Counts what is read.
class CountingReader final : public RandomReader {
 public:
  explicit CountingReader(const Bytes& file) : reader_(file) {}
  [[nodiscard]] std::uint64_t size() const override { return reader_.size(); }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    bytes_ += out.size();
    reader_.read_at(offset, out);
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  BufferReader reader_;
  mutable std::uint64_t bytes_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_program)

BOOST_AUTO_TEST_CASE(a_file_that_is_no_program_is_flat) {
  check_flat({'t', 'e', 'x', 't'});
  check_flat(Bytes(4096));
  check_flat(Bytes(4096, 0xff));
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_sections) {
  const Program program = read({});
  BOOST_TEST((program.container == Container::flat));
  BOOST_TEST(program.sections.empty());
  BOOST_TEST(program.landmarks.empty());
}

BOOST_AUTO_TEST_CASE(pe_sections_lie_where_the_headers_say) {
  const Program program = read(RawPe{}.bytes());
  BOOST_TEST((program.container == Container::pe));
  BOOST_TEST((program.processor == Processor::x86_64));
  BOOST_TEST(program.image_base == 0x140000000);
  check_sections(program, {{0, 0x400, 0x140000000, 0x400, false},
                           {0x400, 0x200, 0x140001000, 0x200, true},
                           {0x600, 0x200, 0x140002000, 0x900, false},
                           {0x800, 0x200, 0x140003000, 0x200, false}});
}

BOOST_AUTO_TEST_CASE(a_32_bit_pe_file_is_read_likewise) {
  const Program program = read(pe32().bytes());
  BOOST_TEST((program.container == Container::pe));
  BOOST_TEST((program.processor == Processor::x86));
  BOOST_TEST(program.image_base == 0x400000);
  BOOST_TEST(program.sections.size() == 4);
  BOOST_TEST(program.sections.back().address == 0x403000);
  BOOST_TEST(program.address_table.offset == 0x800);
}

BOOST_AUTO_TEST_CASE(a_pe_section_is_code_if_it_says_so_or_may_be_executed) {
  for (const std::uint32_t flags : {0x20u, 0x20000000u}) {
    BOOST_TEST(
        read(pe_after([&](RawPe& pe) { pe.sections[2].flags = flags; })).sections[3].is_code);
  }
  BOOST_TEST(!read(pe_after([](RawPe& pe) { pe.sections[0].flags = 0x40; })).sections[1].is_code);
}

BOOST_AUTO_TEST_CASE(bytes_of_no_section_get_addresses_of_their_own) {
  const Bytes file = pe_after([](RawPe& pe) {
    pe.sections[1].offset = 0x680;
    pe.sections[1].size = 0x180;
    pe.file_size = 0xb00;
  });
  check_sections(read(file), {{0, 0x400, 0x140000000, 0x400, false},
                              {0x400, 0x200, 0x140001000, 0x200, true},
                              {0x600, 0x80, kUnmapped + 0x600, 0x80, false},
                              {0x680, 0x180, 0x140002000, 0x900, false},
                              {0x800, 0x200, 0x140003000, 0x200, false},
                              {0xa00, 0x100, kUnmapped + 0xa00, 0x100, false}});
}

BOOST_AUTO_TEST_CASE(memory_without_bytes_stands_after_the_section_before_it) {
  const Bytes file = pe_after([](RawPe& pe) {
    pe.sections[1] = {0x900, 0x2000, 0x200, 0, 0xc0000080};
    pe.sections.push_back({0x700, 0x4000, 0, 0x123456, 0xc0000080});
  });
  check_sections(read(file), {{0, 0x400, 0x140000000, 0x400, false},
                              {0x400, 0x200, 0x140001000, 0x200, true},
                              {0x600, 0, 0x140002000, 0x900, false},
                              {0x600, 0x200, kUnmapped + 0x600, 0x200, false},
                              {0x800, 0x200, 0x140003000, 0x200, false},
                              {0xa00, 0, 0x140004000, 0x700, false}});
}

BOOST_AUTO_TEST_CASE(sections_may_stand_in_any_order) {
  const Bytes file = pe_after([](RawPe& pe) { std::swap(pe.sections[0], pe.sections[2]); });
  BOOST_TEST(test::fault(read(file), file.size()) == "");
  check_sections(read(file), read(RawPe{}.bytes()).sections);
}

BOOST_AUTO_TEST_CASE(a_section_that_overlaps_an_earlier_one_is_left_out) {
  const Bytes in_file = pe_after([](RawPe& pe) { pe.sections[2].offset = 0x7ff; });
  check_sections(read(in_file), {{0, 0x400, 0x140000000, 0x400, false},
                                 {0x400, 0x200, 0x140001000, 0x200, true},
                                 {0x600, 0x200, 0x140002000, 0x900, false},
                                 {0x800, 0x200, kUnmapped + 0x800, 0x200, false}});
  const Bytes in_memory = pe_after([](RawPe& pe) { pe.sections[2].address = 0x28ff; });
  BOOST_TEST(read(in_memory).sections.back().address == kUnmapped + 0x800);
  const Bytes apart = pe_after([](RawPe& pe) { pe.sections[2].address = 0x2900; });
  BOOST_TEST(read(apart).sections.back().address == 0x140002900);
}

BOOST_AUTO_TEST_CASE(no_section_takes_the_addresses_of_bytes_that_are_not_mapped) {
  const Bytes file = elf_after([](RawElf& elf) {
    elf.mappings[1].address = kUnmapped + elf.file_size - 1;
    elf.mappings[2].address = kUnmapped + elf.file_size;
  });
  const Program program = read(file);
  BOOST_TEST(test::fault(program, file.size()) == "");
  BOOST_TEST(program.sections[1].address == kUnmapped + 0x300);
  BOOST_TEST(program.sections[2].address == kUnmapped + file.size());
}

BOOST_AUTO_TEST_CASE(base_relocations_are_found) {
  const Program program = read(RawPe{}.bytes());
  BOOST_TEST(program.address_table.offset == 0x800);
  BOOST_TEST(program.address_table.size == 12);
}

BOOST_AUTO_TEST_CASE(base_relocations_outside_of_the_sections_bytes_are_none) {
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges{
      {0x3000, 0}, {0x3000, 0x201}, {0x31ff, 2}, {0x2200, 4}, {0xfffffffe, 12}};
  for (const auto& range : ranges) {
    const Bytes file = pe_after([&](RawPe& pe) { pe.directories[5] = range; });
    BOOST_TEST(read(file).address_table.size == 0);
  }
  BOOST_TEST(read(pe_after([](RawPe& pe) { pe.directories.pop_back(); })).address_table.size == 0);
}

BOOST_AUTO_TEST_CASE(pe_landmarks_are_sections_and_data_directories) {
  const Bytes file = pe_after([](RawPe& pe) {
    pe.directories[1] = {0x2040, 0x20};
    pe.directories[4] = {0xa00, 0x80};  // certificates: a place in the file
    pe.file_size = 0xa80;
  });
  const std::vector<std::uint64_t> expected{0, 0x400, 0x600, 0x640, 0x800, 0xa00};
  BOOST_TEST((read(file).landmarks == expected));
}

BOOST_AUTO_TEST_CASE(a_pe_file_with_a_malformed_field_is_flat) {
  const RawPe pe;
  const Bytes good = pe.bytes();
  const std::vector<Change> changes{
      {0, 0x4d5a, 2},                       // "MZ"
      {60, 0x0a00 - 23, 4},                 // the place of the header
      {60, 0xffffffff, 4},                  //
      {RawPe::kHeader, 0x4551, 4},          // "PE"
      {RawPe::kHeader + 6, 65, 2},          // number of sections
      {RawPe::kHeader + 6, 0xffff, 2},      //
      {RawPe::kHeader + 20, 111, 2},        // size of the optional header
      {RawPe::kHeader + 20, 0, 2},          //
      {RawPe::kHeader + 20, 0xffff, 2},     //
      {RawPe::kOptional, 0x107, 2},         // its magic
      {RawPe::kOptional + 24, ~0ull, 8},    // image base
      {RawPe::kOptional + 60, 0xa01, 4},    // size of the headers
      {pe.section_table() + 16, 0x601, 4},  // of the first section: its size
      {pe.section_table() + 20, 0x801, 4},  // its offset
      {pe.section_table() + 20, 0xffffffff, 4}};
  check_flat_after(good, changes);
}

BOOST_AUTO_TEST_CASE(more_directories_than_the_header_holds_are_not_read) {
  RawPe pe;
  Bytes file = pe.bytes();
  put(file, pe.first_directory() - 4, 0xffffffff);
  BOOST_TEST(read(file).address_table.size == 12);
  check_sections(read(file), read(pe.bytes()).sections);
}

BOOST_AUTO_TEST_CASE(elf_mappings_are_cut_where_code_begins_and_ends) {
  const Program program = read(RawElf{}.bytes());
  BOOST_TEST((program.container == Container::elf));
  BOOST_TEST((program.processor == Processor::x86_64));
  BOOST_TEST(program.image_base == 0x400000);
  check_sections(program, {{0, 0x300, 0x400000, 0x300, false},
                           {0x300, 0x40, 0x401300, 0x40, false},
                           {0x340, 0x140, 0x401340, 0x140, true},
                           {0x480, 0x80, 0x401480, 0x80, false},
                           {0x500, 0x100, 0x403500, 0x800, false},
                           {0x600, 0x400, kUnmapped + 0x600, 0x400, false}});
}

BOOST_AUTO_TEST_CASE(a_32_bit_elf_file_is_read_likewise) {
  const Program program = read(elf32().bytes());
  BOOST_TEST((program.container == Container::elf));
  BOOST_TEST((program.processor == Processor::x86));
  check_sections(program, read(RawElf{}.bytes()).sections);
}

BOOST_AUTO_TEST_CASE(without_section_headers_an_executable_mapping_is_all_code) {
  const Bytes none = elf_after([](RawElf& elf) { elf.sections.clear(); });
  Bytes too_many = RawElf{}.bytes();
  put(too_many, 60, 1025, 2);
  Bytes of_other_size = RawElf{}.bytes();
  put(of_other_size, 58, 65, 2);
  Bytes beyond_the_file = RawElf{}.bytes();
  put(beyond_the_file, 40, ~0ull, 8);
  for (const Bytes& file : {none, too_many, of_other_size, beyond_the_file}) {
    const Program program = read(file);
    BOOST_TEST(program.sections.size() == 4);
    BOOST_TEST(is_same(program.sections[1], {0x300, 0x200, 0x401300, 0x200, true}));
  }
}

BOOST_AUTO_TEST_CASE(only_section_headers_of_code_within_the_mapping_count) {
  const auto cut_after = [](const std::function<void(RawElf::Section&)>& change) {
    return read(elf_after([&](RawElf& elf) { change(elf.sections[3]); })).sections[2].size;
  };
  BOOST_TEST(cut_after([](RawElf::Section&) {}) == 0x140);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.flags = 4; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.flags = 2; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.type = 8; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.size = 0; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.size = 0x180; }) == 0x1c0);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.size = 0x181; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.size = ~0ull; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.offset = 0x2ff; }) == 0x20);
  BOOST_TEST(cut_after([](RawElf::Section& s) { s.offset = ~0ull; }) == 0x20);
}

BOOST_AUTO_TEST_CASE(elf_landmarks_are_what_all_headers_name) {
  const std::vector<std::uint64_t> expected{0,     0x200, 0x280, 0x300, 0x340,
                                            0x380, 0x480, 0x500, 0x600};
  BOOST_TEST((read(RawElf{}.bytes()).landmarks == expected));
}

BOOST_AUTO_TEST_CASE(elf_symbol_tables_are_found_with_their_strings) {
  for (const bool is_wide : {true, false}) {
    RawElf elf = is_wide ? RawElf{} : elf32();
    elf.sections[4] = {11, 2, 0x500, 0x30, 1};
    elf.sections[6] = {2, 0, 0x600, 0x60, 5};
    const Program program = read(elf.bytes());
    BOOST_TEST_REQUIRE(program.symbol_tables.size() == 2);
    check_symbols(program.symbol_tables[0],
                  {0x500, 0x30, is_wide ? 24u : 16u, is_wide ? 8u : 4u, 0x200});
    check_symbols(program.symbol_tables[1],
                  {0x600, 0x60, is_wide ? 24u : 16u, is_wide ? 8u : 4u, 0x600});
  }
}

// Each is gone through, and each may be as long as the file.
BOOST_AUTO_TEST_CASE(of_many_tables_of_symbols_only_the_first_are_kept) {
  RawElf elf;
  elf.file_size = 0x4000;
  for (int i = 0; i < 100; ++i) {
    elf.sections.push_back({2, 0, 0x600, 0x400, 4});
    elf.sections.push_back({4, 0, 0x600, 0x400, 6});
  }
  const Program program = read(elf.bytes());
  BOOST_TEST(program.symbol_tables.size() == kMaxSymbolTables);
  BOOST_TEST(program.symbol_numbers.size() == kMaxSymbolTables);
}

BOOST_AUTO_TEST_CASE(numbers_of_symbols_are_found_in_elf_relocations_of_64_bits) {
  for (const std::uint32_t type : {4u, 9u}) {
    RawElf elf;
    elf.sections[4] = {type, 2, 0x500, 0x30, 6};
    const Program program = read(elf.bytes());
    BOOST_TEST_REQUIRE(program.symbol_numbers.size() == 1);
    const SymbolNumbers& numbers = program.symbol_numbers[0];
    BOOST_TEST(numbers.offset == 0x500u);
    BOOST_TEST(numbers.size == 0x30u);
    BOOST_TEST(numbers.entry_size == (type == 4 ? 24u : 16u));
    BOOST_TEST(numbers.number_place == 12u);
    BOOST_TEST(numbers.symbols == 0x600u);
    BOOST_TEST(numbers.symbol_size == 24u);
    elf.sections[4].size = elf.file_size - 0x4ff;
    BOOST_TEST(read(elf.bytes()).symbol_numbers.empty());
    elf.sections[4] = {type, 2, 0x500, 0x30, 7};
    BOOST_TEST(read(elf.bytes()).symbol_numbers.empty());
  }
  RawElf narrow = elf32();
  narrow.sections[4] = {9, 2, 0x500, 0x30, 6};
  BOOST_TEST(read(narrow.bytes()).symbol_numbers.empty());
}

BOOST_AUTO_TEST_CASE(the_function_table_is_that_of_a_64_bit_x86_program) {
  const auto found_with = [](std::uint16_t machine, std::uint32_t address, std::uint32_t size) {
    return read(pe_after([&](RawPe& pe) {
             pe.machine = machine;
             pe.directories[3] = {address, size};
           }))
        .function_table;
  };
  BOOST_TEST(found_with(0x8664, 0x2010, 24).offset == 0x610u);
  BOOST_TEST(found_with(0x8664, 0x2010, 24).size == 24u);
  BOOST_TEST(found_with(0x8664, 0x2010, 0x1f1).size == 0u);  // beyond the bytes of its section
  BOOST_TEST(found_with(0x8664, 0x2010, 0).size == 0u);
  BOOST_TEST(found_with(0xaa64, 0x2010, 24).size == 0u);
}

BOOST_AUTO_TEST_CASE(the_frame_index_is_the_first_in_the_file) {
  const AddressTable first = read(elf_after([](RawElf& elf) {
                               elf.mappings.push_back({0x6474e550, 4, 0x500, 0x10, 0x403500, 0x10});
                             })).address_table;
  BOOST_TEST((first.kind == AddressTable::Kind::frame_index));
  BOOST_TEST(first.offset == 0x280u);
  BOOST_TEST(first.size == 0x20u);
  for (const RawElf::Mapping& outside :
       {RawElf::Mapping{0x6474e550, 4, 0x9ff, 2, 0x400280, 2},
        RawElf::Mapping{0x6474e550, 4, ~0ull, 2, 0x400280, 2},
        RawElf::Mapping{0x6474e550, 4, 0x280, ~0ull, 0x400280, 0x20},
        RawElf::Mapping{0x6474e550, 4, 0x280, 0, 0x400280, 0x20}}) {
    const AddressTable none =
        read(elf_after([&](RawElf& elf) { elf.mappings[3] = outside; })).address_table;
    BOOST_TEST(none.size == 0u);
    BOOST_TEST((none.kind == AddressTable::Kind::none));
  }
}

BOOST_AUTO_TEST_CASE(symbols_that_are_not_in_the_file_are_passed_over) {
  const std::uint64_t file_size = RawElf{}.file_size;
  const auto found_with = [](const RawElf::Section& symbols, const RawElf::Section& strings) {
    return read(elf_after([&](RawElf& elf) {
             elf.sections[4] = strings;
             elf.sections[6] = symbols;
           }))
        .symbol_tables.size();
  };
  const RawElf::Section strings{3, 0, 0x500, 0x100};
  BOOST_TEST(found_with({2, 0, 0x600, 0x60, 4}, strings) == 1u);
  BOOST_TEST(found_with({2, 0, 0x600, file_size - 0x600, 4}, strings) == 1u);
  BOOST_TEST(found_with({2, 0, 0x600, file_size - 0x5ff, 4}, strings) == 0u);
  BOOST_TEST(found_with({2, 0, ~0ull, 2, 4}, strings) == 0u);
  BOOST_TEST(found_with({2, 0, 0x600, ~0ull, 4}, strings) == 0u);
  BOOST_TEST(found_with({2, 0, 0x600, 0x60, 7}, strings) == 0u);
  BOOST_TEST(found_with({2, 0, 0x600, 0x60, ~0u}, strings) == 0u);
  BOOST_TEST(found_with({2, 0, 0x600, 0x60, 4}, {3, 0, file_size, 0}) == 0u);
}

BOOST_AUTO_TEST_CASE(an_elf_file_with_a_malformed_field_is_flat) {
  const RawElf elf;
  const Bytes good = elf.bytes();
  const std::vector<Change> changes{
      {0, 0x464c457e, 4},                     // magic
      {4, 0, 1},                              // class
      {4, 3, 1},                              //
      {5, 2, 1},                              // byte order
      {32, 0x0a00, 8},                        // place of the program headers
      {32, ~0ull, 8},                         //
      {54, 55, 2},                            // size of one
      {56, 0, 2},                             // their number
      {56, 65, 2},                            //
      {56, 0xffff, 2},                        //
      {elf.program_table() + 8, 0x0a00, 8},   // of the first: its offset
      {elf.program_table() + 8, ~0ull, 8},    //
      {elf.program_table() + 16, ~0ull, 8},   // its address
      {elf.program_table() + 32, 0x0a01, 8},  // its size
      {elf.program_table() + 32, ~0ull, 8},   //
      {elf.program_table() + 40, ~0ull, 8}};  // its extent
  check_flat_after(good, changes);
}

BOOST_AUTO_TEST_CASE(mach_o_mappings_are_cut_where_code_begins_and_ends) {
  const Program program = read(RawMacho{}.bytes());
  BOOST_TEST((program.container == Container::macho));
  BOOST_TEST((program.processor == Processor::arm64));
  BOOST_TEST(program.image_base == 0x100000000);
  check_sections(program, {{0, 0x1000, 0x100000000, 0x1000, false},
                           {0x1000, 0x300, 0x100001000, 0x300, true},
                           {0x1300, 0xd00, 0x100001300, 0xd00, false},
                           {0x2000, 0x1000, 0x100002000, 0x3000, false},
                           {0x3000, 0x500, 0x100005000, 0x1000, false}});
}

BOOST_AUTO_TEST_CASE(mach_o_landmarks_are_sections_and_tables) {
  const Bytes file = macho_after([](RawMacho& macho) {
    Bytes symbols(24);
    put(symbols, 0, 2);
    put(symbols, 4, 24);
    put(symbols, 8, 0x3010);
    put(symbols, 16, 0x3080);
    Bytes dyld_info(48);
    put(dyld_info, 0, 0x80000022);
    put(dyld_info, 4, 48);
    for (std::size_t i = 0; i < 5; ++i) put(dyld_info, 8 + 8 * i, 0x3100 + 0x10 * i);
    macho.others = {symbols, dyld_info};
  });
  const std::vector<std::uint64_t> expected{0,      0x1000, 0x1200, 0x1300, 0x1400,
                                            0x2000, 0x3000, 0x3010, 0x3080, 0x3100,
                                            0x3110, 0x3120, 0x3130, 0x3140, 0x3200};
  BOOST_TEST((read(file).landmarks == expected));
}

BOOST_AUTO_TEST_CASE(mach_o_function_starts_are_the_first_in_the_file) {
  const auto found_with = [](const std::vector<Bytes>& commands) {
    return read(macho_after([&](RawMacho& macho) { macho.others = commands; })).address_table;
  };
  const Bytes first = table_command(0x26, 0x3010, 0x20);
  const AddressTable found = found_with({first, table_command(0x26, 0x3040, 0x20)});
  BOOST_TEST((found.kind == AddressTable::Kind::function_starts));
  BOOST_TEST(found.offset == 0x3010u);
  BOOST_TEST(found.size == 0x20u);
  for (const Bytes& outside :
       {table_command(0x26, 0x34ff, 2), table_command(0x26, ~0u, 2), table_command(0x26, 0x3040, 0),
        table_command(0x26, 0x3040, ~0u), shortened(first, 12)}) {
    BOOST_TEST(found_with({outside, first}).offset == 0x3010u);
    BOOST_TEST((found_with({outside}).kind == AddressTable::Kind::none));
  }
}

BOOST_AUTO_TEST_CASE(a_mach_o_export_trie_is_found_in_either_command) {
  const auto found_with = [](const std::vector<Bytes>& commands) {
    return read(macho_after([&](RawMacho& macho) { macho.others = commands; })).export_trie;
  };
  Bytes info(48);
  put(info, 0, 0x80000022);
  put(info, 4, 48);
  put(info, 40, 0x3100);
  put(info, 44, 0x40);
  const Bytes own = table_command(0x80000033, 0x3010, 0x20);
  BOOST_TEST(found_with({own}).offset == 0x3010u);
  BOOST_TEST(found_with({own}).size == 0x20u);
  BOOST_TEST(found_with({info, own}).offset == 0x3100u);
  BOOST_TEST(found_with({info, own}).size == 0x40u);
  put(info, 0, 0x22);
  BOOST_TEST(found_with({info}).offset == 0x3100u);
  BOOST_TEST(found_with({shortened(info, 44), own}).offset == 0x3010u);
  put(info, 44, 0x500);
  BOOST_TEST(found_with({info}).size == 0u);
  BOOST_TEST(found_with({info, own}).offset == 0x3010u);
}

BOOST_AUTO_TEST_CASE(mach_o_unwind_info_is_found_by_its_name_with_the_frames) {
  const Bytes file = RawMacho{}.bytes();
  constexpr std::size_t kSections = RawMacho::kCommands + 72 + 72;  // of the second command
  const auto found_with = [&](std::string_view info, std::string_view frames, std::uint64_t size) {
    Bytes changed = file;
    std::ranges::copy(info, changed.begin() + kSections);
    put(changed, kSections + 40, size, 8);
    std::ranges::copy(frames, changed.begin() + kSections + 80);
    put(changed, kSections + 80 + 32, 0x100001200, 8);
    return read(changed).unwind_info;
  };
  const UnwindInfo found = found_with("__unwind_info", "__eh_frame", 0x200);
  BOOST_TEST(found.offset == 0x1000u);
  BOOST_TEST(found.size == 0x200u);
  BOOST_TEST(found.frames == 0x100001200u);
  BOOST_TEST(found_with("__unwind_inf", "__eh_frame", 0x200).size == 0u);
  BOOST_TEST(found_with("__unwind_info", "__eh_frames", 0x200).frames == 0u);
  BOOST_TEST(found_with("__unwind_info", "__eh_frame", 0x10000).size == 0u);
}

BOOST_AUTO_TEST_CASE(mach_o_symbols_are_found_with_their_strings) {
  const auto found_with = [](std::uint32_t offset, std::uint32_t count, std::uint32_t strings) {
    Bytes symbols(24);
    put(symbols, 0, 2);
    put(symbols, 4, 24);
    put(symbols, 8, offset);
    put(symbols, 12, count);
    put(symbols, 16, strings);
    return read(macho_after([&](RawMacho& macho) { macho.others = {symbols}; })).symbol_tables;
  };
  const auto tables = found_with(0x3010, 7, 0x3080);
  BOOST_TEST_REQUIRE(tables.size() == 1);
  check_symbols(tables[0], {0x3010, 7 * 16, 16, 8, 0x3080});
  BOOST_TEST(found_with(0x3010, ~0u, 0x3080).empty());
  BOOST_TEST(found_with(0x3010, 7, 0x3500).empty());
}

BOOST_AUTO_TEST_CASE(the_digests_of_a_code_signature_are_found) {
  const Program program = read(RawMacho{}.bytes());
  BOOST_REQUIRE(program.page_digests.size() == 1);
  const PageDigests& digests = program.page_digests.front();
  BOOST_TEST(digests.slots == 0x3200 + RawMacho::kDirectory + RawMacho::kSlots);
  BOOST_TEST(digests.count == 4);
  BOOST_TEST(digests.page_log == 12);
  BOOST_TEST(digests.begin == 0);
  BOOST_TEST(digests.end == 0x3200);
}

BOOST_AUTO_TEST_CASE(digests_that_cannot_be_filled_are_passed_over) {
  const std::vector<std::function<void(RawMacho&)>> changes{
      [](RawMacho& m) { m.hash_type = 1; },
      [](RawMacho& m) { m.hash_type = 3; },
      [](RawMacho& m) { m.hash_size = 20; },
      [](RawMacho& m) { m.page_log = 0; },
      [](RawMacho& m) { m.page_log = 11; },
      [](RawMacho& m) { m.page_log = 17; },
      [](RawMacho& m) { m.page_log = 255; },
      [](RawMacho& m) { m.pages = 3; },
      [](RawMacho& m) { m.pages = 5; },
      [](RawMacho& m) { m.pages = 0xffffffff; },
      [](RawMacho& m) { m.signed_size = 0x3300; },  // the slots would sign themselves
      [](RawMacho& m) { m.signed_size = 0xffffffff; },
      [](RawMacho& m) { m.file_size = 0x3200 + 20 + 64 + 4 * 32 - 1; }};
  for (const auto& change : changes) {
    RawMacho macho;
    macho.mappings.pop_back();  // which ends where the file does
    change(macho);
    const Program program = read(macho.bytes());
    BOOST_TEST((program.container == Container::macho));
    BOOST_TEST(program.page_digests.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_mach_o_file_with_a_malformed_field_is_flat) {
  const Bytes good = RawMacho{}.bytes();
  constexpr std::size_t kText = RawMacho::kCommands + 72;        // the second command
  const std::vector<Change> changes{{0, 0xfeedface, 4},          // magic: of 32 bits
                                    {0, 0xbebafeca, 4},          // of several architectures
                                    {16, 6, 4},                  // number of commands
                                    {16, 0xffffffff, 4},         //
                                    {20, 8, 4},                  // their size
                                    {20, 0xffffffff, 4},         //
                                    {kText + 4, 7, 4},           // of the second command: its size
                                    {kText + 4, 0, 4},           //
                                    {kText + 4, 71, 4},          //
                                    {kText + 4, 0xffffffff, 4},  //
                                    {kText + 24, ~0ull, 8},      // its address
                                    {kText + 32, ~0ull, 8},      // its extent
                                    {kText + 40, 0x3000, 8},     // its offset
                                    {kText + 40, ~0ull, 8},      //
                                    {kText + 48, ~0ull, 8},      // its size
                                    {kText + 64, 4, 4},          // number of its sections
                                    {kText + 64, 0xffffffff, 4}};  //
  check_flat_after(good, changes);
}

BOOST_AUTO_TEST_CASE(the_processor_is_told_whatever_the_container) {
  const auto of_pe = [](std::uint16_t machine) {
    return read(pe_after([&](RawPe& pe) { pe.machine = machine; })).processor;
  };
  BOOST_TEST((of_pe(0x8664) == Processor::x86_64));
  BOOST_TEST((of_pe(0x14c) == Processor::x86));
  BOOST_TEST((of_pe(0xaa64) == Processor::arm64));
  BOOST_TEST((of_pe(0x1c4) == Processor::none));
  const auto of_elf = [](std::uint16_t machine) {
    return read(elf_after([&](RawElf& elf) { elf.machine = machine; })).processor;
  };
  BOOST_TEST((of_elf(62) == Processor::x86_64));
  BOOST_TEST((of_elf(3) == Processor::x86));
  BOOST_TEST((of_elf(183) == Processor::arm64));
  BOOST_TEST((of_elf(243) == Processor::none));
  const auto of_macho = [](std::uint32_t type) {
    return read(macho_after([&](RawMacho& macho) { macho.processor = type; })).processor;
  };
  BOOST_TEST((of_macho(0x01000007) == Processor::x86_64));
  BOOST_TEST((of_macho(0x0100000c) == Processor::arm64));
  BOOST_TEST((of_macho(0x01000012) == Processor::none));
}

BOOST_AUTO_TEST_CASE(more_sections_than_the_limit_make_a_file_flat) {
  RawPe pe;
  pe.directories.clear();
  pe.sections.clear();
  pe.headers_size = 0x1000;
  pe.file_size = 0x1000 + 0x10 * kMaxSections;
  for (std::uint32_t i = 0; i < kMaxSections - 1; ++i) {
    pe.sections.push_back({0x10, 0x1000 + 0x10 * i, 0x10, 0x1000 + 0x10 * i, 0});
  }
  pe.file_size -= 0x10;
  BOOST_TEST(read(pe.bytes()).sections.size() == kMaxSections);
  pe.file_size += 1;  // one more for the byte that is not mapped
  check_flat(pe.bytes());
}

BOOST_AUTO_TEST_CASE(a_file_may_end_anywhere) {
  for (const Bytes& whole : one_of_each()) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes file(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      BOOST_REQUIRE_EQUAL(test::fault(read(file), size), "");
    }
  }
}

BOOST_AUTO_TEST_CASE(damaged_headers_never_do_harm) {
  std::mt19937 random(1);
  for (const Bytes& whole : one_of_each()) {
    for (int round = 0; round < 5000; ++round) {
      Bytes file = whole;
      for (int i = 0; i < 3; ++i) {
        // Half of the time one of the first bytes, since most fields lie there.
        const std::size_t range = random() % 2 == 0 ? 256 : file.size();
        const std::uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff, static_cast<std::uint8_t>(random())};
        file[random() % range] = bytes[random() % std::size(bytes)];
      }
      BOOST_REQUIRE_EQUAL(test::fault(read(file), file.size()), "");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_counts_make_nobody_read_much) {
  constexpr std::size_t kFileSize = 8 * 1024 * 1024;
  constexpr std::uint64_t kLimit = 512 * 1024;
  for (Bytes file : one_of_each()) {
    file.resize(kFileSize, 0xff);
    // Each field of two or four bytes in turn as large as can be.
    for (std::size_t place = 0; place < 256; place += 2) {
      for (const std::size_t size : {2u, 4u}) {
        const Bytes before(file.begin() + static_cast<std::ptrdiff_t>(place),
                           file.begin() + static_cast<std::ptrdiff_t>(place + size));
        std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(place), size, 0xff);
        const CountingReader reader(file);
        const Program program = read_program(reader);
        BOOST_REQUIRE_EQUAL(test::fault(program, file.size()), "");
        BOOST_REQUIRE_LE(reader.bytes(), kLimit);
        std::ranges::copy(before, file.begin() + static_cast<std::ptrdiff_t>(place));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
