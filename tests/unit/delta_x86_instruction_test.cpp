#include <boost/test/unit_test.hpp>

#include "delta/code/x86_instruction.hpp"

namespace xppkg::delta {
namespace {

Bytes code_of(std::string_view digits) {
  std::string hex;
  for (const char digit : digits) {
    if (digit != ' ') hex += digit;
  }
  return from_hex(hex);
}

/// Bytes of an instruction and nothing after it.
template <X86Mode kMode>
X86Instruction decode(std::string_view digits) {
  return decode_x86<kMode>(ByteView(code_of(digits)));
}

X86Instruction decode_64(std::string_view digits) {
  return decode<X86Mode::bits_64>(digits);
}
X86Instruction decode_32(std::string_view digits) {
  return decode<X86Mode::bits_32>(digits);
}

/// That each is one instruction with all its bytes: alone, and before other code.
template <X86Mode kMode>
void check_whole(std::initializer_list<std::string_view> instructions) {
  for (const std::string_view digits : instructions) {
    Bytes code = code_of(digits);
    const std::size_t size = code.size();
    BOOST_TEST(decode_x86<kMode>(ByteView(code)).length == size, digits);
    code.resize(size + kX86ReadAhead, 0xff);
    BOOST_TEST(decode_x86<kMode>(ByteView(code)).length == size, digits << " and more");
  }
}

template <X86Mode kMode>
void check_none(std::initializer_list<std::string_view> instructions) {
  for (const std::string_view digits : instructions) {
    BOOST_TEST(decode<kMode>(digits).length == 0, digits);
  }
}

constexpr auto kWhole64 = check_whole<X86Mode::bits_64>;
constexpr auto kWhole32 = check_whole<X86Mode::bits_32>;
constexpr auto kNone64 = check_none<X86Mode::bits_64>;
constexpr auto kNone32 = check_none<X86Mode::bits_32>;

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_x86_instruction)

BOOST_AUTO_TEST_CASE(instructions_of_one_byte_have_that_length) {
  kWhole64({"90", "c3", "cc", "c9", "55", "5d", "a4", "f4", "9c", "98"});
  kWhole32({"90", "c3", "40", "4f", "60", "06", "27", "ce"});
}

BOOST_AUTO_TEST_CASE(each_form_of_memory_operand_has_its_length) {
  kWhole64({"89 c8", "89 08", "89 48 11", "89 88 11223344", "89 0c 24", "89 4c 24 11",
            "89 8c 24 11223344", "89 0d 11223344", "89 0c 25 11223344", "89 0c 85 11223344",
            "89 4c 85 11", "89 8c 85 11223344"});
  kWhole32({"89 c8", "89 48 11", "89 0d 11223344", "89 0c 85 11223344"});
}

BOOST_AUTO_TEST_CASE(addresses_of_16_bits_have_no_index_byte) {
  kWhole32({"67 89 0c", "67 89 4c 11", "67 89 8c 1122", "67 89 0e 1122", "67 89 0d", "67 89 c8",
            "67 a1 1122", "67 c3"});
}

BOOST_AUTO_TEST_CASE(each_size_of_immediate_is_counted) {
  kWhole64({"04 11", "05 11223344", "6a 11", "68 11223344", "83 c0 11", "81 c0 11223344",
            "69 c0 11223344", "6b c0 11", "c2 1122", "c8 1122 33", "b0 11", "b8 11223344",
            "c6 00 11", "c7 00 11223344", "cd 80", "e4 11", "a8 11", "a9 11223344", "c1 e0 11"});
}

BOOST_AUTO_TEST_CASE(the_operand_prefix_shrinks_immediates) {
  kWhole64({"66 05 1122", "66 81 c0 1122", "66 c7 00 1122", "66 b8 1122", "66 68 1122",
            "66 83 c0 11", "66 a9 1122"});
  kWhole32({"66 05 1122", "66 e8 1122", "66 0f 84 1122"});
}

BOOST_AUTO_TEST_CASE(a_64_bit_operand_undoes_the_operand_prefix) {
  kWhole64({"66 48 81 c0 11223344", "48 05 11223344", "66 48 e8 11223344"});
}

BOOST_AUTO_TEST_CASE(jumps_of_64_bit_code_pass_the_operand_prefix_over) {
  kWhole64({"66 e8 11223344", "66 0f 84 11223344"});
}

BOOST_AUTO_TEST_CASE(a_64_bit_register_takes_an_immediate_of_8_bytes) {
  kWhole64({"48 b8 1122334455667788", "49 bf 1122334455667788", "41 b8 11223344"});
  BOOST_TEST(decode_64("48 b8 1122334455667788").immediate == 0);
}

BOOST_AUTO_TEST_CASE(an_absolute_address_is_as_wide_as_the_mode_says) {
  kWhole64({"a0 1122334455667788", "48 a3 1122334455667788", "67 a1 11223344"});
  kWhole32({"a0 11223344", "a3 11223344"});
}

BOOST_AUTO_TEST_CASE(of_the_test_group_only_test_has_an_immediate) {
  kWhole64({"f6 c0 11", "f6 c8 11", "f6 d0", "f7 c0 11223344", "f7 d8", "66 f7 c0 1122",
            "f7 05 11223344 55667788", "f7 25 11223344"});
}

BOOST_AUTO_TEST_CASE(prefixes_are_counted) {
  kWhole64({"f3 a4", "f0 48 0f b1 0a", "64 48 8b 04 25 28000000", "2e 66 0f 1f 84 00 00000000",
            "66 66 2e 0f 1f 84 00 00000000", "f2 0f 10 05 11223344", "65 c3", "36 c3", "3e ff e0"});
}

BOOST_AUTO_TEST_CASE(rex_counts_only_right_before_the_opcode) {
  kWhole64({"48 66 b8 1122", "48 40 b8 11223344", "40 48 b8 1122334455667788"});
}

BOOST_AUTO_TEST_CASE(the_map_of_two_bytes_is_known) {
  kWhole64({"0f 05",          "0f a2",          "0f 0b",       "0f c8",       "0f 31",
            "0f a0",          "0f 77",          "0f b6 c0",    "0f af c1",    "0f 70 c0 11",
            "0f a4 c1 11",    "0f a5 c1",       "0f ac c1 11", "0f ba e0 11", "0f c6 c0 11",
            "0f 84 11223344", "0f 1f 44 00 00", "0f 0f c0 9e", "0f 0d 08",    "41 0f b6 c0"});
}

BOOST_AUTO_TEST_CASE(the_maps_of_three_bytes_are_known) {
  kWhole64({"66 0f 38 00 c1", "0f 38 f0 05 11223344", "66 0f 3a 0f c1 11",
            "66 44 0f 3a 63 05 11223344 55"});
}

BOOST_AUTO_TEST_CASE(vex_leads_into_the_three_maps) {
  kWhole64({"c5 f8 77", "c5 fc 28 c1", "c5 fd 70 c1 11", "c5 fb 10 05 11223344", "c4 e2 7d 58 c1",
            "c4 e3 75 38 c1 01", "c4 e1 7d 6f 44 24 11", "c4 e3 fd 00 05 11223344 55"});
  kWhole32({"c5 f8 77", "c4 e2 7d 58 c1"});
}

BOOST_AUTO_TEST_CASE(evex_leads_into_its_maps) {
  kWhole64({"62 f1 7c 48 28 c1", "62 f1 fe 48 6f 44 24 01", "62 f2 7d 48 58 05 11223344",
            "62 f3 75 48 43 c1 11", "62 f5 7c 48 58 c1"});
  kWhole32({"62 f1 7c 48 28 c1"});
}

BOOST_AUTO_TEST_CASE(what_vex_and_evex_replaced_is_known_in_32_bit_code) {
  kWhole32({"c5 08", "c4 48 11", "62 0d 11223344"});
}

BOOST_AUTO_TEST_CASE(what_only_32_bit_code_has_is_known) {
  kWhole32({"ea 11223344 5566", "9a 11223344 5566", "82 c0 11", "d4 0a"});
  kNone64({"ea 11223344 5566", "9a 11223344 5566", "82 c0 11", "d4 0a", "06", "27", "60", "ce"});
}

BOOST_AUTO_TEST_CASE(what_no_map_has_is_no_instruction) {
  kNone64({"d6", "0f 04", "0f 24 c0", "0f 3b", "0f a6 c0", "c4 e0 7d 58 c1", "c4 ff 7d 58 c1",
           "c5 f8 84 11223344", "c5 f8 38 c1 c1", "62 f4 7d 48 58 c1"});
  kNone32({"d6", "0f 36"});
}

BOOST_AUTO_TEST_CASE(a_truncated_instruction_is_none) {
  for (const std::string_view digits :
       {"48 b8 1122334455667788", "66 44 0f 3a 63 05 11223344 55", "62 f2 7d 48 58 05 11223344",
        "c4 e3 fd 00 05 11223344 55", "89 8c 24 11223344", "f7 05 11223344 55667788"}) {
    const Bytes code = code_of(digits);
    for (std::size_t size = 0; size < code.size(); ++size) {
      BOOST_TEST(decode_x86<X86Mode::bits_64>(ByteView(code).first(size)).length == 0U,
                 digits << ", of which " << size);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_instruction_over_15_bytes_is_none) {
  kWhole64({"66 66 66 66 66 66 66 66 66 66 66 66 66 66 90"});
  kNone64({"66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90",
           "66 66 66 66 66 66 66 66 66 66 66 66 66 05 1122",
           "f0 f0 f0 f0 f0 f0 48 b8 1122334455667788"});
  kNone64({"66666666666666666666666666666666 66666666666666666666666666666666 90"});
}

BOOST_AUTO_TEST_CASE(numbers_of_32_bits_are_found_in_their_places) {
  const X86Instruction both = decode_64("f7 05 11223344 55667788");
  BOOST_TEST(both.displacement == 2U);
  BOOST_TEST(both.displacement_is_relative);
  BOOST_TEST(both.immediate == 6U);
  BOOST_TEST(!both.immediate_is_relative);

  const X86Instruction jump = decode_64("0f 84 11223344");
  BOOST_TEST(jump.displacement == 0U);
  BOOST_TEST(jump.immediate == 2U);
  BOOST_TEST(jump.immediate_is_relative);
}

BOOST_AUTO_TEST_CASE(numbers_of_other_sizes_are_not_given) {
  for (const std::string_view digits : {"eb 11", "89 48 11", "66 05 1122", "c8 1122 33"}) {
    BOOST_TEST(decode_64(digits).displacement == 0U, digits);
    BOOST_TEST(decode_64(digits).immediate == 0U, digits);
  }
}

BOOST_AUTO_TEST_CASE(a_displacement_is_relative_only_without_registers_in_64_bit_code) {
  BOOST_TEST(decode_64("8b 05 11223344").displacement_is_relative);
  BOOST_TEST(decode_64("c5 fb 10 05 11223344").displacement_is_relative);
  for (const std::string_view digits :
       {"8b 04 25 11223344", "8b 80 11223344", "8b 84 24 11223344"}) {
    BOOST_TEST(decode_64(digits).displacement > 0U, digits);
    BOOST_TEST(!decode_64(digits).displacement_is_relative, digits);
  }
  BOOST_TEST(decode_32("8b 05 11223344").displacement == 2U);
  BOOST_TEST(!decode_32("8b 05 11223344").displacement_is_relative);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
