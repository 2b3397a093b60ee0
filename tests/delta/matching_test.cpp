// The matches that are found between old and new bytes.

#include <boost/test/unit_test.hpp>

#include "match/matcher.hpp"
#include "match/partial_index.hpp"
#include "match/sample_index.hpp"
#include "match/survey.hpp"
#include "payloads.hpp"
#include "wire/packed.hpp"
#include "xppkg/error.hpp"

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

std::vector<Operation> operations(const MatchIndex& index, ByteView new_bytes) {
  return find_operations(index, new_bytes, {}, [](std::size_t) {});
}

std::uint64_t literals(const std::vector<Operation>& operations) {
  std::uint64_t sum = 0;
  for (const Operation& operation : operations) sum += operation.literal;
  return sum;
}

Survey surveyed(ByteView old_bytes, ByteView new_bytes) {
  SampleTable table(kSurveySampling, old_bytes.size());
  table.add(old_bytes, 0);
  return survey(table, BufferReader(old_bytes), new_bytes, kLeastMatch, [](std::size_t) {});
}

Bytes text(std::uint32_t seed, std::size_t size) {
  Bytes bytes = noise(seed, size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>('a' + byte % 26);
  return bytes;
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
  const Bytes new_bytes =
      joined({part(image, 10'001, 5'000), noise(2, 3), part(image, 4'003, 6'000), noise(3, 5)});
  const auto found = operations(SampleIndex(image, kSampling), new_bytes);
  BOOST_TEST(literals(found) <= 8u);
  BOOST_TEST(found.size() <= 3u);
}

BOOST_AUTO_TEST_CASE(a_survey_finds_moved_stretches_from_their_first_byte_to_their_last) {
  const Bytes image = noise(1, 50'000);
  const Bytes new_bytes =
      joined({noise(2, 77), part(image, 20'005, 300), noise(3, 1), part(image, 1'001, 9'999)});
  const Survey found = surveyed(image, new_bytes);
  BOOST_TEST_REQUIRE(found.matches.size() == 2u);
  BOOST_TEST(found.matches[0].place == 77u);
  BOOST_TEST(found.matches[0].position == 20'005u);
  BOOST_TEST(found.matches[0].length == 300u);
  BOOST_TEST(found.matches[1].place == 378u);
  BOOST_TEST(found.matches[1].position == 1'001u);
  BOOST_TEST(found.matches[1].length == 9'999u);
}

BOOST_AUTO_TEST_CASE(a_survey_goes_on_where_it_was_when_the_old_bytes_repeat) {
  const Bytes period = noise(1, 640);
  Bytes image;
  for (int i = 0; i < 50; ++i) image.insert(image.end(), period.begin(), period.end());
  Bytes new_bytes = image;
  for (std::size_t i = 1'000; i < new_bytes.size(); i += 1'500) new_bytes[i] ^= 1;
  for (const LongMatch& match : surveyed(image, new_bytes).matches) {
    BOOST_TEST(match.place == match.position);
  }
}

BOOST_AUTO_TEST_CASE(noise_counts_as_packed_and_text_code_and_zeros_do_not) {
  BOOST_TEST(is_packed(noise(1, kPackedPiece)));
  BOOST_TEST(!is_packed(text(1, kPackedPiece)));
  BOOST_TEST(!is_packed(Bytes(kPackedPiece)));
  Bytes half = noise(1, kPackedPiece);
  std::fill_n(half.begin(), kPackedPiece / 4, std::uint8_t{0});
  BOOST_TEST(!is_packed(half));
}

BOOST_AUTO_TEST_CASE(packed_bytes_are_not_searched_but_where_they_were_found) {
  const Bytes image = noise(1, 8 * kPackedPiece);
  const Bytes new_bytes = joined({noise(2, 4 * kPackedPiece), image});
  const Survey found = surveyed(image, new_bytes);
  BOOST_TEST_REQUIRE(found.packed.size() == 1u);
  BOOST_TEST(found.packed[0].begin == 0u);
  BOOST_TEST(found.packed[0].end == 4 * kPackedPiece);
  const PartialIndex nothing(image, {});
  const auto made = find_operations(nothing, new_bytes, found, [](std::size_t) {});
  BOOST_TEST(literals(made) == 4 * kPackedPiece);
}

BOOST_AUTO_TEST_CASE(what_was_found_in_programs_and_packed_bytes_that_were_not_need_no_search) {
  const Bytes first = text(1, 100'000);
  const Bytes second = text(2, 100'000);
  const Bytes packed = noise(3, 100'000);
  const Bytes image = joined({first, second, packed});
  const std::vector<Survey> known{surveyed(image, joined({first, second}))};
  const ByteRange program{0, 100'000};
  const std::vector<ByteRange> left = unsettled(image, known, std::span(&program, 1));
  // Margins of the first, the second, and what is left of packed pieces.
  BOOST_TEST(total_size(left) < 100'000u + 2 * kPackedPiece + 200);
  BOOST_TEST(total_size(left) >= 100'000u);
  BOOST_TEST(total_size(unsettled(image, known, {})) > 200'000u);
}

BOOST_AUTO_TEST_CASE(a_match_in_a_range_of_an_index_goes_on_beyond_it) {
  const Bytes image = noise(1, 10'000);
  const std::array ranges{ByteRange{100, 200}, ByteRange{5'000, 5'064}};
  const PartialIndex index(image, ranges);
  for (const ByteRange& range : ranges) {
    for (std::uint64_t at = range.begin; at + 16 < range.end; at += 5) {
      const Match match = index.longest(part(image, static_cast<std::size_t>(at), 1'000));
      BOOST_TEST(match.position == at);
      BOOST_TEST(match.length == 1'000u);
    }
  }
  BOOST_TEST(index.longest(part(image, 300, 1'000)).length < 16u);
}

BOOST_AUTO_TEST_CASE(a_survey_ends_when_it_is_told_to) {
  const Bytes image = noise(1, 1'000'000);
  const Bytes new_bytes = noise(2, 1'000'000);
  SampleTable table(kSurveySampling, image.size());
  table.add(image, 0);
  std::size_t seen = 0;
  const auto cancel = [&](std::size_t size) {
    seen += size;
    throw Error(Code::cancelled);
  };
  BOOST_CHECK_THROW(survey(table, BufferReader(image), new_bytes, kLeastMatch, cancel), Error);
  BOOST_TEST(seen < 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
