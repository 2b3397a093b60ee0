// The unwind info of a Mach-O program, as it becomes.

#include "delta/search/unwind_info.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "payloads.hpp"
#include "programs.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kBase = 0x100000000;
constexpr std::uint64_t kInfo = 0x1100;
constexpr std::uint64_t kFrames = 0x1800;
constexpr std::uint64_t kIndex = kInfo + 28;
constexpr std::uint64_t kRegular = kInfo + 80;
constexpr std::uint64_t kCompressed = kInfo + 120;

/// 4 KiB of code and as much data; in the new file the two halves of the code have changed places,
/// and the data is as it was, but for frames, which lie 0x10 further ahead.
AddressMap swapped_halves(Processor processor = Processor::arm64, std::uint64_t size = 0x200) {
  Program program;
  program.processor = processor;
  program.image_base = kBase;
  program.sections = {{0, 0x1000, kBase, 0x1000, true}, {0x1000, 0x1000, kBase + 0x1000, 0x1000}};
  program.unwind_info = {kInfo, size, kBase + kFrames};
  return {program,
          program.sections,
          kBase,
          {{0, 0x800, 0x800}, {0x800, 0, 0x800}, {0x1000, 0x1000, 0x820}, {0x1820, 0x1830, 0x700}}};
}

/// A header, an index of two pages, and the pages: two functions on a regular one, of which the
/// second has a description, and two on a compressed one.
Bytes with_info() {
  Bytes file(0x2000);
  test::put(file, kInfo, 1);
  test::put(file, kInfo + 20, kIndex - kInfo);
  test::put(file, kInfo + 24, 2);
  test::put(file, kIndex, 0x10);
  test::put(file, kIndex + 4, kRegular - kInfo);
  test::put(file, kIndex + 12, 0x820);
  test::put(file, kIndex + 16, kCompressed - kInfo);
  test::put(file, kRegular, 2);
  test::put(file, kRegular + 4, 8 | 2 << 16);
  test::put(file, kRegular + 8, 0x10);
  test::put(file, kRegular + 12, 0x02000abc);
  test::put(file, kRegular + 16, 0x90);
  test::put(file, kRegular + 20, 0x53000020);
  test::put(file, kCompressed, 3);
  test::put(file, kCompressed + 4, 12 | 2 << 16);
  test::put(file, kCompressed + 12, 0x05000000);
  test::put(file, kCompressed + 16, 0x07000040);
  return file;
}

Bytes named(const Bytes& file, const AddressMap& map = swapped_halves()) {
  Bytes result = file;
  name_unwind_info(result, file, map);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_unwind_info)

BOOST_AUTO_TEST_CASE(functions_on_pages_of_either_kind_are_named_by_where_they_have_gone) {
  Bytes expected = with_info();
  test::put(expected, kIndex, 0x810);
  test::put(expected, kIndex + 12, 0x20);
  test::put(expected, kRegular + 8, 0x810);
  test::put(expected, kRegular + 16, 0x890);
  test::put(expected, kRegular + 20, 0x53000030);
  test::put(expected, kCompressed + 12, 0x05000020);
  test::put(expected, kCompressed + 16, 0x07000060);
  BOOST_TEST(named(with_info()) == expected);
}

BOOST_AUTO_TEST_CASE(which_entries_have_a_description_depends_on_the_processor) {
  Bytes file = with_info();
  test::put(file, kRegular + 20, 0x54000020);
  const auto how = [&](Processor processor) {
    const Bytes result = named(file, swapped_halves(processor));
    return word_at(result, kRegular + 20);
  };
  BOOST_TEST(how(Processor::x86_64) == 0x54000030u);
  BOOST_TEST(how(Processor::arm64) == 0x54000020u);
}

BOOST_AUTO_TEST_CASE(what_goes_beyond_the_info_is_left_as_it_is) {
  const Bytes file = with_info();
  for (const std::uint64_t size : {0u, 27u}) {
    BOOST_TEST(named(file, swapped_halves(Processor::arm64, size)) == file);
  }
  for (std::uint64_t size = 28; size < 0x100; ++size) {
    const Bytes result = named(file, swapped_halves(Processor::arm64, size));
    BOOST_TEST(std::equal(result.begin() + static_cast<std::ptrdiff_t>(kInfo + size), result.end(),
                          file.begin() + static_cast<std::ptrdiff_t>(kInfo + size)));
  }
  for (const std::uint64_t place : {kInfo + 20, kIndex + 4, kIndex + 16, kRegular + 4}) {
    for (const std::uint32_t value : {0xffffffffu, 0x1f8u, 0xffff01ffu}) {
      Bytes broken = file;
      test::put(broken, place, value);
      BOOST_TEST(named(broken).size() == file.size());
      BOOST_TEST(std::equal(broken.begin() + kInfo + 0x200, broken.end(),
                            named(broken).begin() + kInfo + 0x200));
    }
  }
}

BOOST_AUTO_TEST_CASE(garbage_changes_nothing_outside_of_the_info) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Bytes file = with_info();
    const Bytes garbage = test::noise(seed, 0x200);
    // The whole, or what stands after a header and an index that lead to it.
    const std::size_t skipped = seed % 2 == 0 ? 0 : kRegular - kInfo + 2 * (seed % 3);
    std::copy(garbage.begin() + static_cast<std::ptrdiff_t>(skipped), garbage.end(),
              file.begin() + static_cast<std::ptrdiff_t>(kInfo + skipped));
    Bytes result = named(file);
    std::copy_n(file.begin() + kInfo, 0x200, result.begin() + kInfo);
    BOOST_TEST(result == file);
  }
}

BOOST_AUTO_TEST_CASE(a_page_that_the_index_repeats_is_named_once) {
  Bytes file = with_info();
  test::put(file, kIndex + 12, 0x10);
  test::put(file, kIndex + 16, kRegular - kInfo);
  const Bytes result = named(file);
  BOOST_TEST(word_at(result, kRegular + 8) == 0x810u);
  BOOST_TEST(word_at(result, kCompressed + 12) == 0x05000000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
