// The additions of lazy linking to a program, where symbols name it.

#include "delta/search/lazy_linkage.hpp"

#include <boost/test/unit_test.hpp>

#include "programs.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kStub = 0x100;
constexpr std::uint64_t kSlot = 0x200;
constexpr std::uint64_t kRelocation = 0x300;
constexpr std::uint64_t kBase = 0x400000;
constexpr std::uint32_t kSymbol = 7;

/// One stub, its slot and its relocation, as linkers make them.
Bytes linked() {
  Bytes file(0x400, 0x55);
  test::put(file, kStub, 0x25ff, 2);
  test::put(file, kStub + 2, kSlot - (kStub + 6));
  test::put(file, kStub + 6, 0x68, 1);
  test::put(file, kStub + 7, 3);
  test::put(file, kSlot, kBase + kStub + 6, 8);
  test::put(file, kRelocation, kBase + kSlot, 8);
  test::put(file, kRelocation + 8, std::uint64_t{kSymbol} << 32 | 7, 8);
  test::put(file, kRelocation + 16, 0, 8);
  return file;
}

AddressMap map_of(Processor processor = Processor::x86_64, std::uint64_t size = 24) {
  Program program;
  program.processor = processor;
  program.image_base = kBase;
  program.sections = {{0, 0x400, kBase, 0x400, true}};
  program.symbol_numbers = {{kRelocation, size, 24, 12, 0, 24}};
  return {program, program.sections, kBase, {}};
}

Bytes named(const Bytes& file, const AddressMap& map = map_of()) {
  Bytes result = file;
  name_lazy_linkage(result, file, map,
                    [](const SymbolNumbers&, std::uint32_t number) { return number + 0x1000; });
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_lazy_linkage)

BOOST_AUTO_TEST_CASE(a_stub_its_slot_and_its_relocation_are_named_by_the_symbol) {
  Bytes expected = linked();
  test::put(expected, kStub + 2, kSymbol + 0x1000);
  test::put(expected, kStub + 7, 0);
  test::put(expected, kSlot, kSymbol + 0x1000);
  test::put(expected, kRelocation, 0);
  test::put(expected, kRelocation + 12, kSymbol + 0x1000);
  BOOST_TEST(named(linked()) == expected);
}

BOOST_AUTO_TEST_CASE(a_slot_that_leads_to_no_stub_stays) {
  for (const std::uint64_t place : {kStub, kStub + 1, kStub + 6}) {
    Bytes file = linked();
    test::put(file, place, 0, 1);
    BOOST_TEST(named(file) == file);
  }
  const Bytes file = linked();
  BOOST_TEST(named(file, map_of(Processor::arm64)) == file);
}

BOOST_AUTO_TEST_CASE(places_at_the_ends_of_the_file_or_outside_of_it_do_no_harm) {
  const auto stays_with = [](std::uint64_t place, std::uint64_t value) {
    Bytes file = linked();
    test::put(file, place, value, 8);
    return named(file) == file;
  };
  for (const std::uint64_t slot : {kBase + 0x3f9, kBase + 0x400, kBase - 1, std::uint64_t{0}}) {
    BOOST_TEST(stays_with(kRelocation, slot));
  }
  for (const std::uint64_t stub : {kBase + 5, kBase + 0x3f7, kBase + 0x400, ~std::uint64_t{0}}) {
    BOOST_TEST(stays_with(kSlot, stub));
  }
}

BOOST_AUTO_TEST_CASE(a_relocation_that_is_not_whole_is_passed_over) {
  const Bytes file = linked();
  BOOST_TEST(named(file, map_of(Processor::x86_64, 23)) == file);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
