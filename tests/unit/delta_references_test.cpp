#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "code/reference_field.hpp"
#include "code/references.hpp"

namespace xppkg::delta {

std::ostream& operator<<(std::ostream& out, ReferenceKind kind) {
  return out << static_cast<int>(kind);
}

namespace {

using Find = std::size_t (*)(ByteView, std::uint64_t, std::size_t, std::size_t,
                             std::vector<Reference>&);

constexpr std::uint64_t kAddress = 0x140001000;
constexpr std::array kKinds{
    ReferenceKind::x86_branch,   ReferenceKind::x86_operand,  ReferenceKind::x86_absolute,
    ReferenceKind::arm_branch26, ReferenceKind::arm_branch19, ReferenceKind::arm_branch14,
    ReferenceKind::arm_page,     ReferenceKind::arm_low,      ReferenceKind::uleb_2,
    ReferenceKind::uleb_3,       ReferenceKind::uleb_4};
static_assert(kKinds.size() == kReferenceKinds);

Bytes code_of(std::string_view digits) {
  std::string hex;
  std::copy_if(digits.begin(), digits.end(), std::back_inserter(hex),
               [](char c) { return c != ' '; });
  return from_hex(hex);
}

Bytes code_of(std::initializer_list<std::uint32_t> words) {
  ByteWriter writer;
  for (const std::uint32_t word : words) writer.u32(word);
  return writer.take();
}

std::vector<Reference> all_of(Find find, const Bytes& code, std::uint64_t address = kAddress) {
  std::vector<Reference> found;
  find(code, address, 0, code.size(), found);
  return found;
}

struct Expected {
  std::uint32_t place;
  ReferenceKind kind;
  unsigned extra;
  std::uint64_t target;
};

void check(const std::vector<Reference>& found, std::initializer_list<Expected> expected) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  auto reference = found.begin();
  for (const Expected& wanted : expected) {
    BOOST_TEST(reference->place == wanted.place);
    BOOST_TEST(reference->kind == wanted.kind);
    BOOST_TEST(unsigned{reference->extra} == wanted.extra);
    BOOST_TEST(reference->target == wanted.target);
    ++reference;
  }
}

// ARM instructions.
constexpr std::uint32_t kReturn = 0xd65f03c0;
std::uint32_t adrp(unsigned to, std::uint32_t pages) {
  return with_field(0x90000000 | to, ReferenceKind::arm_page, pages);
}
constexpr std::uint32_t add(unsigned to, unsigned from, std::uint32_t low) {
  return 0x91000000 | low << 10 | from << 5 | to;
}
constexpr std::uint32_t load(unsigned to, unsigned from, std::uint32_t scaled) {
  return 0xf9400000 | scaled << 10 | from << 5 | to;
}
constexpr std::uint32_t store(unsigned what, unsigned to, std::uint32_t scaled) {
  return 0xf9000000 | scaled << 10 | to << 5 | what;
}

/// How many lower parts are found where `between` stands between a page in X8 and its use.
std::size_t lows_after(std::uint32_t between) {
  const std::vector<Reference> found =
      all_of(find_arm64_references, code_of({adrp(8, 1), between, add(9, 8, 0x10)}));
  return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [](const Reference& r) {
    return r.kind == ReferenceKind::arm_low;
  }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_references)

BOOST_AUTO_TEST_CASE(calls_and_jumps_of_64_bit_code_are_found) {
  check(all_of(find_x86_64_references, code_of("90 e8 00010000 e9 fbffffff 0f 85 10000000")),
        {{2, ReferenceKind::x86_branch, 0, kAddress + 6 + 0x100},
         {7, ReferenceKind::x86_branch, 0, kAddress + 6},
         {13, ReferenceKind::x86_branch, 0, kAddress + 17 + 0x10}});
}

BOOST_AUTO_TEST_CASE(operands_relative_to_the_instruction_pointer_count_from_its_end) {
  check(all_of(find_x86_64_references, code_of("48 8d 05 00010000 c7 05 00010000 11223344")),
        {{3, ReferenceKind::x86_operand, 0, kAddress + 7 + 0x100},
         {9, ReferenceKind::x86_operand, 4, kAddress + 17 + 0x100}});
}

BOOST_AUTO_TEST_CASE(short_jumps_and_plain_numbers_of_64_bit_code_are_no_references) {
  check(
      all_of(find_x86_64_references, code_of("eb 10 b8 00100040 8b 80 00100040 8b 04 25 00100040")),
      {});
}

BOOST_AUTO_TEST_CASE(absolute_addresses_of_32_bit_code_are_found) {
  check(all_of(find_x86_references, code_of("c7 05 00104000 00204000 a1 00304000 68 00404000"),
               0x401000),
        {{2, ReferenceKind::x86_absolute, 4, 0x401000},
         {6, ReferenceKind::x86_absolute, 0, 0x402000},
         {11, ReferenceKind::x86_absolute, 0, 0x403000},
         {16, ReferenceKind::x86_absolute, 0, 0x404000}});
}

BOOST_AUTO_TEST_CASE(jumps_of_32_bit_code_go_round_at_4_gib) {
  check(all_of(find_x86_references, code_of("e8 00100000"), 0xfffff000),
        {{1, ReferenceKind::x86_branch, 0, 5}});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_decoded_is_passed_over_byte_by_byte) {
  check(all_of(find_x86_64_references, code_of("06 06 d6 16 e8 00010000")),
        {{5, ReferenceKind::x86_branch, 0, kAddress + 9 + 0x100}});
  const Bytes garbage(1000, 0x06);
  check(all_of(find_x86_64_references, garbage), {});
}

BOOST_AUTO_TEST_CASE(references_in_garbage_are_ascending_apart_and_within_it) {
  std::mt19937 random(6);
  for (const Find find : {find_x86_64_references, find_x86_references, find_arm64_references}) {
    for (std::size_t size = 0; size < 400; ++size) {
      Bytes garbage(size);
      for (std::uint8_t& byte : garbage) byte = static_cast<std::uint8_t>(random());
      std::size_t end = 0;
      for (const Reference& reference : all_of(find, garbage)) {
        BOOST_TEST(reference.place >= end);
        end = reference.place + kReferenceSize;
        BOOST_TEST(end + (reference.kind == ReferenceKind::arm_low ? 0 : reference.extra) <= size);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reference_cut_off_by_the_end_is_none) {
  const Bytes code = code_of("e8 00010000");
  for (std::size_t size = 0; size < code.size(); ++size) {
    const Bytes cut(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(size));
    check(all_of(find_x86_64_references, cut), {});
    check(all_of(find_x86_references, cut), {});
  }
  check(all_of(find_arm64_references, {0x00, 0x00, 0x94}), {});
}

BOOST_AUTO_TEST_CASE(only_instructions_that_begin_in_the_range_are_given) {
  const Bytes code = code_of("e8 00010000 e8 00010000 e8 00010000 e8 00010000");
  const auto places = [&](std::size_t from, std::size_t to) {
    std::vector<Reference> found;
    find_x86_64_references(code, kAddress, from, to, found);
    std::vector<std::uint32_t> result;
    for (const Reference& reference : found) result.push_back(reference.place);
    return result;
  };
  using Offsets = std::vector<std::uint32_t>;
  BOOST_TEST((places(5, 10) == Offsets{6}));
  BOOST_TEST((places(1, 11) == Offsets{6, 11}));  // the second goes on beyond the range
  BOOST_TEST((places(6, 10) == Offsets{}));
  BOOST_TEST((places(10, 1000) == Offsets{11, 16}));
}

BOOST_AUTO_TEST_CASE(references_are_appended) {
  std::vector<Reference> found(1);
  const Bytes code = code_of("e8 00010000");
  find_x86_64_references(code, kAddress, 0, code.size(), found);
  BOOST_TEST(found.size() == 2U);
}

BOOST_AUTO_TEST_CASE(branches_of_arm_are_found_with_their_widths) {
  check(all_of(find_arm64_references, code_of({0x94000002, 0x17ffffff, 0x54000040, 0xb4ffffe0,
                                               0x58000040, 0x36000040, 0xb7fffff0, 0xd503201f})),
        {{0, ReferenceKind::arm_branch26, 0, kAddress + 8},
         {4, ReferenceKind::arm_branch26, 0, kAddress},
         {8, ReferenceKind::arm_branch19, 0, kAddress + 16},
         {12, ReferenceKind::arm_branch19, 0, kAddress + 8},
         {16, ReferenceKind::arm_branch19, 0, kAddress + 24},
         {20, ReferenceKind::arm_branch14, 0, kAddress + 28},
         {24, ReferenceKind::arm_branch14, 0, kAddress + 20}});
}

BOOST_AUTO_TEST_CASE(a_page_takes_the_whole_address_of_its_first_user) {
  check(all_of(find_arm64_references,
               code_of({adrp(8, 2), load(9, 8, 3), add(10, 8, 0x123), kReturn})),
        {{0, ReferenceKind::arm_page, 0, kAddress + 0x2018},
         {4, ReferenceKind::arm_low, 3, kAddress + 0x2018},
         {8, ReferenceKind::arm_low, 0, kAddress + 0x2123}});
}

BOOST_AUTO_TEST_CASE(a_page_without_a_user_names_its_beginning) {
  check(all_of(find_arm64_references, code_of({adrp(8, 2), kReturn, add(9, 8, 4)})),
        {{0, ReferenceKind::arm_page, 0, kAddress + 0x2000}});
}

BOOST_AUTO_TEST_CASE(the_scale_is_that_of_what_is_loaded) {
  const auto scale_of = [](std::uint32_t opcode) {
    return unsigned{
        all_of(find_arm64_references, code_of({adrp(8, 1), opcode | 8 << 5})).at(1).extra};
  };
  BOOST_TEST(scale_of(0x39400000) == 0U);  // LDRB
  BOOST_TEST(scale_of(0x79400000) == 1U);  // LDRH
  BOOST_TEST(scale_of(0xb9000000) == 2U);  // STR W
  BOOST_TEST(scale_of(0xf9400000) == 3U);  // LDR X
  BOOST_TEST(scale_of(0x3d400000) == 0U);  // LDR B
  BOOST_TEST(scale_of(0xfd400000) == 3U);  // LDR D
  BOOST_TEST(scale_of(0x3dc00000) == 4U);  // LDR Q
  BOOST_TEST(scale_of(0x91000000) == 0U);  // ADD
}

BOOST_AUTO_TEST_CASE(an_offset_beyond_the_page_is_no_lower_part) {
  check(all_of(find_arm64_references, code_of({adrp(8, 1), load(9, 8, 512)})),
        {{0, ReferenceKind::arm_page, 0, kAddress + 0x1000}});
}

BOOST_AUTO_TEST_CASE(a_write_to_the_register_ends_its_page) {
  for (const std::uint32_t write : {
           std::uint32_t{0xd2800008},    // MOV X8, #0
           std::uint32_t{0xaa0003e8},    // MOV X8, X0
           add(8, 8, 4), load(8, 8, 0),  //
           std::uint32_t{0xa9402009},    // LDP X9, X8, [X0]
           std::uint32_t{0xa9812100},    // STP X0, X8, [X8, #16]!
           std::uint32_t{0xf8008500},    // STR X0, [X8], #8
           std::uint32_t{0xc8087c09},    // STXR W8, X9, [X0]
           std::uint32_t{0xf8200028},    // LDADD X0, X8, [X1]
           std::uint32_t{0xd53bd048},    // MRS X8, TPIDR_EL0
           std::uint32_t{0x9e660008},    // FMOV X8, D0
           std::uint32_t{0x4e083c08},    // UMOV X8, V0.D[0]
           std::uint32_t{0x4cdf7100},    // LD1 {V0.16B}, [X8], #16
           std::uint32_t{0x58000008},    // LDR X8, literal
       }) {
    const std::size_t expected = write == add(8, 8, 4) || write == load(8, 8, 0) ? 1 : 0;
    BOOST_TEST(lows_after(write) == expected, std::hex << write);
  }
}

BOOST_AUTO_TEST_CASE(what_only_reads_the_register_keeps_its_page) {
  BOOST_TEST(lows_after(store(8, 0, 0)) == 1U);
  BOOST_TEST(lows_after(0xfa480008) == 1U);  // CCMP X0, X8, #8, EQ
  BOOST_TEST(lows_after(0x4ea01c08) == 1U);  // MOV V8, V0
  BOOST_TEST(lows_after(0x3dc00008) == 1U);  // LDR Q8, [X0]
  BOOST_TEST(lows_after(0xb4000048) == 1U);  // CBZ X8
  BOOST_TEST(lows_after(0xa9000008) == 1U);  // STP X8, X0, [X0]
}

BOOST_AUTO_TEST_CASE(a_call_ends_the_pages_of_registers_that_it_may_change) {
  for (const std::uint32_t call : {0x94000000U, 0xd63f0200U, 0xd63f0a1fU}) {  // BL, BLR, BLRAAZ
    BOOST_TEST(lows_after(call) == 0U);
    const Bytes kept = code_of({adrp(19, 1), call, add(9, 19, 4)});
    BOOST_TEST(all_of(find_arm64_references, kept).back().kind == ReferenceKind::arm_low);
  }
}

BOOST_AUTO_TEST_CASE(after_a_jump_no_register_holds_a_page) {
  for (const std::uint32_t jump : {0x14000000U, 0xd61f0200U, kReturn}) {
    const Bytes code = code_of({adrp(19, 1), jump, add(9, 19, 4)});
    BOOST_TEST(all_of(find_arm64_references, code).back().kind != ReferenceKind::arm_low);
  }
}

BOOST_AUTO_TEST_CASE(a_range_knows_pages_before_it_and_users_after_it) {
  const Bytes code = code_of(
      {adrp(8, 1), add(9, 8, 0x10), adrp(10, 2), 0xd503201f, add(11, 10, 0x20), add(12, 10, 0x30)});
  std::vector<Reference> found;
  find_arm64_references(code, kAddress, 4, 12, found);
  check(found, {{4, ReferenceKind::arm_low, 0, kAddress + 0x1010},
                {8, ReferenceKind::arm_page, 0, kAddress + 0x2020}});
}

BOOST_AUTO_TEST_CASE(the_number_in_a_field_is_read_back) {
  for (const ReferenceKind kind : kKinds) {
    const std::uint32_t most =
        static_cast<std::uint32_t>((std::uint64_t{1} << field_width(kind)) - 1);
    for (const std::uint32_t word : {0U, 0xffffffffU, 0x12345678U}) {
      for (const std::uint32_t number : {0U, 1U, 2U, 5U, most, most - 1, most / 2, most / 3}) {
        const std::uint32_t changed = with_field(word, kind, number);
        BOOST_TEST(field_of(changed, kind) == number, kind);
        BOOST_TEST((changed & ~field_mask(kind)) == (word & ~field_mask(kind)), kind);
      }
    }
    BOOST_TEST(with_field(0, kind, 0xffffffff) == field_mask(kind), kind);
  }
}

BOOST_AUTO_TEST_CASE(a_field_that_names_a_target_is_found_again_with_it) {
  struct Case {
    ReferenceKind kind;
    unsigned extra;
    std::uint64_t target;
    std::uint64_t named;
  };
  for (const Case& c :
       {Case{ReferenceKind::x86_branch, 0, kAddress - 77, kAddress - 77},
        {ReferenceKind::x86_operand, 4, kAddress + 0x1234567, kAddress + 0x1234567},
        {ReferenceKind::x86_absolute, 0, 0x402000, 0x402000},
        {ReferenceKind::arm_branch26, 0, kAddress - 0x4000000, kAddress - 0x4000000},
        {ReferenceKind::arm_branch19, 0, kAddress + 0xffffc, kAddress + 0xffffc},
        {ReferenceKind::arm_branch14, 0, kAddress - 0x8000, kAddress - 0x8000},
        {ReferenceKind::arm_page, 0, kAddress - 0x1234, kAddress - 0x2000},
        {ReferenceKind::arm_low, 3, 0x140003458, 0x458}}) {
    const auto extra = static_cast<std::uint8_t>(c.extra);
    const std::uint32_t number = number_for(c.kind, extra, kAddress, c.target);
    BOOST_TEST(target_of(c.kind, extra, kAddress, number) == c.named, c.kind);
    BOOST_TEST(number_for(c.kind, extra, kAddress, c.named) == number, c.kind);
  }
}

BOOST_AUTO_TEST_CASE(a_target_out_of_reach_still_has_a_number_of_the_width) {
  for (const ReferenceKind kind : kKinds) {
    for (const std::uint64_t target : {std::uint64_t{0}, ~std::uint64_t{0}, kAddress << 20}) {
      const std::uint64_t number = number_for(kind, 0, kAddress, target);
      BOOST_TEST(number >> field_width(kind) == 0U, kind);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
