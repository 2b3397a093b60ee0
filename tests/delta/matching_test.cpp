// Where old and new bytes are found to say the same.

#include <boost/test/unit_test.hpp>

#include "matcher.hpp"
#include "payloads.hpp"
#include "sample_index.hpp"

namespace xppkg::delta {
namespace {

using test::noise;

constexpr Sampling kSampling{8, 4};

Bytes joined(std::initializer_list<ByteView> pieces) {
  Bytes all;
  for (const ByteView piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

ByteView part(ByteView bytes, std::size_t begin, std::size_t size) {
  return bytes.subspan(begin, size);
}

std::vector<Operation> operations(const MatchIndex& index, ByteView fresh) {
  return find_operations(index, fresh, [](std::size_t) {});
}

std::uint64_t literals(const std::vector<Operation>& operations) {
  std::uint64_t sum = 0;
  for (const Operation& operation : operations) sum += operation.literal;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_matching)

BOOST_AUTO_TEST_CASE(stretches_as_long_as_window_and_stride_are_found_but_few_wherever_they_lie) {
  const Bytes image = noise(1, 10'000);
  const SampleIndex index(image, kSampling);
  const std::size_t size = kSampling.window + kSampling.stride - 1;
  std::size_t tried = 0;
  std::size_t found = 0;
  for (std::size_t begin = 0; begin + size <= image.size(); begin += 7) {
    const ByteView wanted = part(image, begin, size);
    bool is_found = false;
    for (std::size_t i = 0; i < kSampling.stride; ++i) {
      const Match match = index.longest(wanted.subspan(i));
      is_found = is_found || (match.position == begin + i && match.length == size - i);
    }
    ++tried;
    if (is_found) ++found;
  }
  // A few samples find no room in the table.
  BOOST_TEST(found > tried * 9 / 10);
}

BOOST_AUTO_TEST_CASE(the_longest_of_the_places_that_look_alike_is_taken) {
  const Bytes head = noise(1, 8);
  const Bytes image = joined({head, noise(2, 8), head, noise(3, 80), head, noise(4, 8)});
  const SampleIndex index(image, kSampling);
  const Match match = index.longest(part(image, 16, 88));
  BOOST_TEST(match.position == 16u);
  BOOST_TEST(match.length == 88u);
}

BOOST_AUTO_TEST_CASE(nothing_is_found_of_less_than_a_window_or_in_an_empty_image) {
  const Bytes image = noise(1, 100);
  BOOST_TEST(SampleIndex(image, kSampling).longest(part(image, 0, 7)).length == 0u);
  BOOST_TEST(SampleIndex({}, kSampling).longest(image).length == 0u);
  BOOST_TEST(SampleIndex(part(image, 0, 7), kSampling).longest(image).length == 0u);
}

BOOST_AUTO_TEST_CASE(moved_stretches_are_copied_whole_though_their_samples_lie_elsewhere) {
  const Bytes image = noise(1, 20'000);
  const Bytes fresh =
      joined({part(image, 10'001, 5'000), noise(2, 3), part(image, 4'003, 6'000), noise(3, 5)});
  const auto found = operations(SampleIndex(image, kSampling), fresh);
  BOOST_TEST(literals(found) <= 8u);
  BOOST_TEST(found.size() <= 3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
