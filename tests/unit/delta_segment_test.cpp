#include <boost/test/unit_test.hpp>
#include <functional>
#include <limits>

#include "payloads.hpp"

namespace xppkg {
namespace {

using test::frame;
using test::RawSegment;
using test::varints;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kControl = 0;
constexpr std::size_t kGaps = 1;
constexpr std::size_t kWords = 2;
constexpr std::size_t kExtra = 3;

std::string_view error_after(const std::function<void(RawSegment&)>& change) {
  test::Example example = test::example();
  change(example.payload.segments[0]);
  return test::decode_error(example.payload.bytes(), example.old_files);
}

/// The error of the example with another stream, given before compression.
std::string_view error_with(std::size_t stream, const Bytes& content) {
  return error_after([&](RawSegment& segment) { segment.streams[stream] = frame(content); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_segment)

BOOST_AUTO_TEST_CASE(a_segment_output_that_is_not_what_is_left_is_refused) {
  for (const std::uint64_t output :
       {std::uint64_t{0}, std::uint64_t{23}, std::uint64_t{25}, kMax}) {
    BOOST_TEST(error_after([&](RawSegment& s) { s.output = output; }) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_length_that_is_wrong_is_refused) {
  for (std::size_t stream = 0; stream < 4; ++stream) {
    const std::uint64_t right = test::example().payload.segments[0].streams[stream].size();
    for (const std::uint64_t length : {std::uint64_t{0}, right - 1, right + 1, kMax - 1, kMax}) {
      BOOST_TEST(
          error_after([&](RawSegment& s) { s.stated_lengths[stream] = length; }) == test::kCorrupt,
          "stream " << stream << ", length " << length);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_last_segment_are_refused) {
  test::Example example = test::example();
  example.payload.tail = {0};
  BOOST_TEST(test::decode_error(example.payload.bytes(), example.old_files) == test::kCorrupt);
  example.payload.tail.assign(40, 0);
  BOOST_TEST(test::decode_error(example.payload.bytes(), example.old_files) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_segment_more_or_less_is_refused) {
  test::Example example = test::example();
  example.payload.segments.push_back(example.payload.segments[0]);
  BOOST_TEST(test::decode_error(example.payload.bytes(), example.old_files) == test::kCorrupt);
  example.payload.segments.clear();
  BOOST_TEST(test::decode_error(example.payload.bytes(), example.old_files) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_literal_past_the_segment_is_refused) {
  for (const std::uint64_t literal : {std::uint64_t{25}, kMax}) {
    BOOST_TEST(error_with(kControl, varints({literal, 22, 6, 1, 0})) == test::kCorrupt);
    BOOST_TEST(error_with(kControl, varints({1, 22, 6, literal, 0})) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_past_the_segment_is_refused) {
  for (const std::uint64_t copy : {std::uint64_t{24}, std::uint64_t{25}, kMax}) {
    BOOST_TEST(error_with(kControl, varints({1, copy, 0, 0, 0})) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_past_the_old_image_is_refused) {
  for (const std::uint64_t position :
       {std::uint64_t{4}, std::uint64_t{25}, std::uint64_t{26}, std::uint64_t{1} << 62, kMax / 2}) {
    BOOST_TEST(error_with(kControl, varints({1, 22, position * 2, 1, 0})) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_from_before_the_old_image_is_refused) {
  for (const std::uint64_t code : {std::uint64_t{1}, std::uint64_t{3}, kMax}) {
    BOOST_TEST(error_with(kControl, varints({1, 22, code, 1, 0})) == test::kCorrupt);
  }
  // The second copy may go back as far as the first one ended, and not one byte more.
  BOOST_TEST(error_with(kControl, varints({1, 2, 0, 0, 20, 2 * 2 - 1, 1, 0})) == test::kFine);
  BOOST_TEST(error_with(kControl, varints({1, 2, 0, 0, 20, 2 * 3 - 1, 1, 0})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(an_operation_that_makes_nothing_is_refused) {
  BOOST_TEST(error_with(kControl, varints({0, 0, 1, 22, 6, 1, 0})) == test::kCorrupt);
  BOOST_TEST(error_with(kControl, varints({1, 22, 6, 1, 0, 0, 0})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_literal_without_a_copy_only_ends_a_segment) {
  BOOST_TEST(error_with(kControl, varints({1, 0, 0, 22, 6, 1, 0})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(operations_that_end_too_early_or_too_late_are_refused) {
  BOOST_TEST(error_with(kControl, varints({1, 22, 6})) == test::kCorrupt);
  BOOST_TEST(error_with(kControl, varints({1, 22})) == test::kCorrupt);
  BOOST_TEST(error_with(kControl, varints({1, 22, 6, 1, 0, 1})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_in_its_shortest_form_is_refused) {
  BOOST_TEST(error_with(kControl, {0x81, 0x00, 22, 6, 1, 0}) == test::kCorrupt);
  BOOST_TEST(error_with(kControl, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}) ==
             test::kCorrupt);
  BOOST_TEST(error_with(kControl, Bytes(20, 0xff)) == test::kCorrupt);
  BOOST_TEST(error_with(kControl, {0x81}) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_gap_past_the_last_copy_is_refused) {
  for (const std::uint64_t gap : {std::uint64_t{22}, std::uint64_t{23}, kMax}) {
    BOOST_TEST(error_with(kGaps, varints({gap})) == test::kCorrupt);
  }
  BOOST_TEST(error_with(kGaps, varints({13, 6})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(gaps_and_words_must_be_equal_in_number) {
  BOOST_TEST(error_with(kGaps, varints({13, 0})) == test::kCorrupt);
  BOOST_TEST(error_with(kWords, varints({1, 1})) == test::kCorrupt);
  BOOST_TEST(error_after([](RawSegment& s) { s.streams[kGaps].clear(); }) == test::kCorrupt);
  BOOST_TEST(error_after([](RawSegment& s) { s.streams[kWords].clear(); }) == test::kCorrupt);
  BOOST_TEST(error_after([](RawSegment& s) {
               s.streams[kGaps].clear();
               s.streams[kWords].clear();
             }) == test::kFine);
}

BOOST_AUTO_TEST_CASE(a_word_may_end_with_the_last_copy_but_nothing_follows_it) {
  BOOST_TEST(error_with(kGaps, varints({21})) == test::kFine);
  BOOST_TEST(error_with(kGaps, varints({21, 0})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_difference_that_begins_with_an_equal_byte_or_is_too_large_is_refused) {
  BOOST_TEST(error_with(kWords, varints({0})) == test::kCorrupt);
  BOOST_TEST(error_with(kWords, varints({2 * 0x100})) == test::kCorrupt);
  BOOST_TEST(error_with(kWords, varints({0xffffff})) == test::kCorrupt);
  BOOST_TEST(error_with(kWords, varints({0xfffffd})) == test::kFine);
  for (const std::uint64_t code : {std::uint64_t{0x1000001}, std::uint64_t{1} << 32 | 1, kMax}) {
    BOOST_TEST(error_with(kWords, varints({code})) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(literals_must_be_exactly_what_the_operations_take) {
  BOOST_TEST(error_with(kExtra, to_bytes("A")) == test::kCorrupt);
  BOOST_TEST(error_with(kExtra, to_bytes("A!!")) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_segment_without_control_is_one_literal_and_nothing_else) {
  const auto literal = [](RawSegment& s) {
    s.streams = {Bytes{}, Bytes{}, Bytes{}, frame(Bytes(24, 'x'))};
  };
  BOOST_TEST(error_after(literal) == test::kFine);
  BOOST_TEST(error_after([&](RawSegment& s) {
               literal(s);
               s.streams[kGaps] = frame(varints({0}));
             }) == test::kCorrupt);
  BOOST_TEST(error_after([&](RawSegment& s) {
               literal(s);
               s.streams[kWords] = frame(varints({2}));
             }) == test::kCorrupt);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
