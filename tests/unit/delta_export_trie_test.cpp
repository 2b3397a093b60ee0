#include <boost/test/unit_test.hpp>
#include <tuple>

#include "export_tries.hpp"
#include "program/export_trie.hpp"

namespace xppkg::delta {
namespace {

/// Place, value, size, and whether it counts in the trie.
using Told = std::vector<std::tuple<std::uint32_t, std::uint32_t, unsigned, bool>>;

Told told(ByteView trie) {
  Told result;
  for (const ExportNumber& number : find_export_numbers(trie)) {
    result.emplace_back(number.place, number.value, number.size, number.counts_in_trie);
  }
  return result;
}

/// A root with two children, "_a" and "_b", which have addresses.
const Bytes kTrie{0x00, 0x01, '_',  0x00, 0x85, 0x00,              // at 5, in two bytes
                  0x00, 0x02, 'a',  0x00, 0x90, 0x00,              // at 16
                  'b',  0x00, 0x96, 0x00,                          // at 22
                  0x04, 0x00, 0x80, 0x80, 0x01, 0x00,              // "_a": 0x4000
                  0x05, 0x00, 0x80, 0x80, 0x80, 0x01, 0x00, 0x00,  // "_b": 0x200000
                  0x00, 0x00};
const Told kNumbers{{4, 5, 2, true},
                    {10, 16, 2, true},
                    {14, 22, 2, true},
                    {18, 0x4000, 3, false},
                    {24, 0x200000, 4, false}};

Bytes changed(std::size_t place, std::uint8_t value) {
  Bytes trie = kTrie;
  trie[place] = value;
  return trie;
}

Told first(std::size_t count) {
  return {kNumbers.begin(), kNumbers.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_export_trie)

BOOST_AUTO_TEST_CASE(places_of_nodes_and_addresses_are_the_numbers_of_a_trie) {
  BOOST_TEST((told(kTrie) == kNumbers));
}

BOOST_AUTO_TEST_CASE(every_symbol_of_a_trie_is_found_with_its_address) {
  std::map<std::string, std::uint64_t> exports;
  for (std::uint32_t i = 0; i < 300; ++i) exports["_name" + std::to_string(i * 7)] = 0x5000 + i;
  std::size_t addresses = 0;
  for (const ExportNumber& number : find_export_numbers(test::export_trie(exports))) {
    if (number.counts_in_trie) continue;
    BOOST_TEST((number.value >= 0x5000u && number.value < 0x5000u + 300));
    ++addresses;
  }
  BOOST_TEST(addresses == exports.size());
}

BOOST_AUTO_TEST_CASE(numbers_of_one_byte_or_of_five_are_none) {
  // The root's child at 5 in one byte; then all lies a byte further ahead.
  Bytes shorter = kTrie;
  shorter.erase(shorter.begin() + 5);
  shorter[4] = 5;
  BOOST_TEST(told(shorter).size() == kNumbers.size() - 1);
  const Bytes longer{0x00, 0x01, '_', 0x00, 0x85, 0x80, 0x80, 0x80, 0x00, 0x00};
  BOOST_TEST(told(longer).empty());
}

BOOST_AUTO_TEST_CASE(what_another_library_has_has_no_address) {
  BOOST_TEST(told(changed(17, 0x08)).size() == kNumbers.size() - 1);
  BOOST_TEST(told(changed(17, 0x10)).size() == kNumbers.size());
}

BOOST_AUTO_TEST_CASE(an_address_that_goes_beyond_its_symbol_is_none) {
  BOOST_TEST((told(changed(16, 0x03)) == first(3)));
  // Flags alone; what follows is no more the symbol.
  const Bytes flags{0x01, 0x00, 0x01, 'a', 0x00, 0x85, 0x00};
  BOOST_TEST((told(flags) == Told{{5, 5, 2, true}}));
}

BOOST_AUTO_TEST_CASE(a_trie_may_end_anywhere) {
  for (std::size_t size = 0; size < kTrie.size(); ++size) {
    const Told found = told(ByteView(kTrie).first(size));
    BOOST_TEST((found == first(found.size())));
    for (const auto& [place, value, bytes, counts] : found) BOOST_TEST(place + bytes <= size);
  }
}

BOOST_AUTO_TEST_CASE(a_malformed_node_ends_the_trie) {
  BOOST_TEST((told(changed(16, 0x7f)) == first(3)));  // a symbol larger than what is left
  const Bytes endless(20, 0x80);
  BOOST_TEST(told(endless).empty());
  Bytes no_zero{0x00, 0x01};
  no_zero.resize(50, 'x');
  BOOST_TEST(told(no_zero).empty());
}

BOOST_AUTO_TEST_CASE(numbers_are_four_bytes_apart) {
  // Children without a name of their own, three bytes each.
  Bytes dense{0x00, 0x03};
  for (int i = 0; i < 3; ++i) dense.insert(dense.end(), {0x00, 0x85, 0x00});
  BOOST_TEST((told(dense) == Told{{3, 5, 2, true}, {9, 5, 2, true}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
