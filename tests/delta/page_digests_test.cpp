#include "model/page_digests.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "base/digest.hpp"
#include "delta/search/page_digest_check.hpp"
#include "payloads.hpp"

namespace xppkg::delta {
namespace {

/// The file with its slots filled, handed over in pieces of random sizes.
Bytes filled(const Bytes& file, const std::vector<PageDigests>& tables, std::size_t most,
             std::uint32_t seed = 1) {
  Bytes result = file;
  PageDigestFilter filter(tables);
  std::mt19937 random(seed);
  for (MutableByteView rest(result); !rest.empty();) {
    const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % most);
    filter.pass(rest.first(size));
    rest = rest.subspan(size);
  }
  return result;
}

/// The same as the words say it.
Bytes expected(Bytes file, const PageDigests& table) {
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const std::uint64_t begin = table.begin + (std::uint64_t{i} << table.page_log);
    const std::uint64_t end = std::min(table.end, begin + (std::uint64_t{1} << table.page_log));
    const Sha256 digest = sha256(ByteView(file).subspan(begin, end - begin));
    const std::uint64_t slot = table.slots + 32 * i;
    for (std::size_t k = 0; k < 32 && slot + k < file.size(); ++k) {
      file[slot + k] = digest.bytes[k];
    }
  }
  return file;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_page_digests)

BOOST_AUTO_TEST_CASE(slots_are_filled_whatever_the_borders_of_pieces) {
  const Bytes file = test::noise(1, 6000);
  for (const PageDigests& table : {PageDigests{5200, 10, 9, 0, 5000},
                                   {5000, 10, 9, 0, 5000},
                                   {5001, 9, 9, 1, 4609},
                                   {3000, 1, 12, 100, 3000},
                                   {5990, 2, 9, 0, 1024}}) {
    for (const std::size_t most : {1u, 2u, 31u, 33u, 512u, 513u, 4096u, 10000u}) {
      BOOST_TEST((filled(file, {table}, most) == expected(file, table)));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_two_tables_over_the_same_slots_the_later_has_them) {
  const Bytes file = test::noise(1, 6000);
  const PageDigests first{5000, 10, 9, 0, 5000};
  const PageDigests second{5016, 2, 12, 0, 5000};
  const Bytes both = expected(expected(file, first), second);
  for (const std::size_t most : {1u, 40u, 10000u}) {
    BOOST_TEST((filled(file, {first, second}, most) == both));
  }
}

BOOST_AUTO_TEST_CASE(pages_may_hold_the_slots_of_a_table_before) {
  const Bytes file = test::noise(1, 6000);
  const PageDigests inner{1024, 2, 9, 0, 1024};
  const PageDigests outer{5000, 10, 9, 0, 5000};
  const Bytes both = expected(expected(file, inner), outer);
  for (const std::size_t most : {1u, 40u, 10000u}) {
    BOOST_TEST((filled(file, {inner, outer}, most) == both));
  }
}

BOOST_AUTO_TEST_CASE(tables_that_cannot_be_are_left_alone) {
  const Bytes file = test::noise(1, 6000);
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  const PageDigests good{5200, 10, 9, 0, 5000};
  std::vector<PageDigests> wrong;
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{11}, kMost, kMost - 31}) {
    wrong.insert(wrong.end(), 5, good);
    const std::size_t at = wrong.size() - 5;
    wrong[at].count = static_cast<std::uint32_t>(number);
    wrong[at + 1].begin = number == 0 ? 5000 : number == 11 ? 5001 : number;
    wrong[at + 2].end = number == 0 || number == 11 ? number : kMost;
    wrong[at + 3].page_log = static_cast<std::uint8_t>(number == 11 ? 64 : number);
    wrong[at + 4].slots = number == 0 ? 4999 : number == 11 ? 6000 : number;
  }
  for (const PageDigests& table : wrong) BOOST_TEST((filled(file, {table}, 700) == file));
  BOOST_TEST((filled(file, wrong, 700) == file));
}

// Its second table has a page that holds the digest of the first.
BOOST_AUTO_TEST_CASE(what_is_taken_out_is_filled_in_again_whatever_the_order_of_tables) {
  const PageDigests first{4096, 1, 12, 0, 4096};
  const PageDigests second{8192, 1, 12, 4096, 8192};
  const Bytes file = expected(expected(test::noise(1, 9000), first), second);
  for (const auto& tables : {std::vector{first, second}, std::vector{second, first}}) {
    Program program;
    program.page_digests = tables;
    Bytes taken = file;
    take_out_digests(program, taken);
    BOOST_TEST((filled(taken, program.page_digests, 10000) == file));
  }
}

BOOST_AUTO_TEST_CASE(tables_that_are_wrong_or_lie_outside_are_left_alone) {
  const Bytes file = test::noise(1, 6000);
  for (const PageDigests& table : {PageDigests{5200, 10, 9, 0, 5000},
                                   {5990, 2, 9, 0, 1024},
                                   {~std::uint64_t{0}, 0xffffffff, 255, ~std::uint64_t{0}, 0}}) {
    Program program;
    program.page_digests = {table};
    Bytes taken = file;
    take_out_digests(program, taken);
    BOOST_TEST(program.page_digests.empty());
    BOOST_TEST((taken == file));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
