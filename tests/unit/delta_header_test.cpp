#include <array>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <limits>

#include "payloads.hpp"
#include "wire/format.hpp"

namespace xppkg {
namespace {

using test::RawPayload;

/// The error of the example after a change to it.
std::string_view error_after(const std::function<void(RawPayload&)>& change,
                             const delta::DecodeLimits& limits = {}) {
  test::Example example = test::example();
  change(example.payload);
  return test::decode_error(example.payload.bytes(), example.old_files, limits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_header)

BOOST_AUTO_TEST_CASE(a_payload_written_as_documented_is_decoded) {
  const test::Example example = test::example();
  BOOST_TEST((test::decode(example.payload.bytes(), example.old_files) == example.new_files));
}

BOOST_AUTO_TEST_CASE(the_header_says_what_was_written) {
  const test::Example example = test::example();
  const Bytes bytes = example.payload.bytes();
  const BufferReader reader(bytes);
  const delta::Decoder decoder(reader);
  BOOST_TEST((decoder.header().base_tree == example.payload.base_tree));
  BOOST_TEST((decoder.header().tree == example.payload.tree));
  BOOST_TEST((decoder.header().old_parts == example.payload.old_parts));
  BOOST_TEST((decoder.header().new_parts == example.payload.new_parts));
  BOOST_TEST(decoder.header().memory == example.payload.memory);
  BOOST_TEST(!decoder.header().is_full());
}

BOOST_AUTO_TEST_CASE(a_wrong_magic_is_refused) {
  for (std::size_t i = 0; i < 8; ++i) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.magic[i] ^= 1; }) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(another_version_is_refused_as_unsupported) {
  for (const std::uint16_t major : std::array<std::uint16_t, 3>{0, 2, 0xffff}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.major = major; }) == test::kUnsupported);
  }
  for (const std::uint16_t minor : std::array<std::uint16_t, 2>{delta::kNewestMinor + 1, 0xffff}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.minor = minor; }) == test::kUnsupported);
  }
}

BOOST_AUTO_TEST_CASE(a_header_of_another_major_version_need_not_be_long) {
  const Bytes bytes{'x', 'p', 'p', 'k', 'g', 0x1a, '\r', '\n', 2, 0, 0, 0};
  BOOST_TEST(test::decode_error(bytes, {}) == test::kUnsupported);
}

BOOST_AUTO_TEST_CASE(a_wrong_header_length_is_refused) {
  for (const std::uint32_t length : {0u, 95u, 96u, 99u, 101u, 127u, 1'000'000u, 0xffffffffu}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.stated_header_length = length; }) ==
               test::kCorrupt);
  }
  BOOST_TEST(error_after([](RawPayload& p) { p.after_parts = {0}; }) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(the_memory_bound_has_a_least_and_a_limit) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  constexpr std::uint64_t kLeast = 5 * kMiB + 4096 + 3 * 1024;
  const auto error_of = [](std::uint64_t memory) {
    return error_after([&](RawPayload& p) { p.memory = memory; });
  };
  BOOST_TEST(error_of(0) == test::kCorrupt);
  BOOST_TEST(error_of(kLeast - 1) == test::kCorrupt);
  BOOST_TEST(error_of(kLeast) == test::kFine);
  BOOST_TEST(error_of(256 * kMiB) == test::kFine);
  BOOST_TEST(error_of(256 * kMiB + 1) == test::kLimit);
  BOOST_TEST(error_of(std::numeric_limits<std::uint64_t>::max()) == test::kLimit);
}

BOOST_AUTO_TEST_CASE(part_counts_over_the_limit_are_refused_before_memory_is_taken) {
  for (const std::uint32_t count : {1'000'001u, 0xffffffffu}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.stated_old_count = count; }) == test::kLimit);
    BOOST_TEST(error_after([&](RawPayload& p) { p.stated_new_count = count; }) == test::kLimit);
  }
  delta::DecodeLimits limits;
  limits.parts = 1;
  BOOST_TEST(error_after([](RawPayload&) {}, limits) == test::kFine);
  limits.parts = 0;
  BOOST_TEST(error_after([](RawPayload&) {}, limits) == test::kLimit);
}

BOOST_AUTO_TEST_CASE(part_counts_that_do_not_fit_the_lists_are_refused) {
  for (const std::uint32_t count : {0u, 2u, 3u, 1'000'000u}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.stated_old_count = count; }) == test::kCorrupt);
    BOOST_TEST(error_after([&](RawPayload& p) { p.stated_new_count = count; }) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_file_index_over_32_bits_is_refused) {
  BOOST_TEST(error_after([](RawPayload& p) {
               p.stated_new_count = 1;
               p.new_parts.clear();
               p.after_parts = test::varints({0x100000000, 24});
             }) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_named_twice_is_refused) {
  BOOST_TEST(error_after([](RawPayload& p) { p.new_parts = {{5, 24}, {5, 0}}; }) == test::kCorrupt);
  BOOST_TEST(error_after([](RawPayload& p) { p.old_parts = {{4, 25}, {4, 0}}; }) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(old_parts_without_a_base_tree_are_refused) {
  BOOST_TEST(error_after([](RawPayload& p) { p.base_tree = {}; }) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(part_sizes_over_the_limits_are_refused) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const auto error_of_new = [](std::uint64_t size) {
    return error_after([&](RawPayload& p) { p.new_parts[0].size = size; });
  };
  BOOST_TEST(error_of_new((1ull << 40) + 1) == test::kLimit);
  BOOST_TEST(error_of_new(kMax) == test::kLimit);
  BOOST_TEST(error_after([](RawPayload& p) { p.new_parts = {{5, kMax}, {6, 1}}; }) == test::kLimit);
  BOOST_TEST(error_after([](RawPayload& p) { p.old_parts = {{4, kMax}, {6, 1}}; }) == test::kLimit);
}

BOOST_AUTO_TEST_CASE(new_part_sizes_must_be_what_the_segments_make) {
  for (const std::uint64_t size : {0ull, 23ull, 25ull, 1'000'000ull}) {
    BOOST_TEST(error_after([&](RawPayload& p) { p.new_parts[0].size = size; }) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_old_parts_is_a_mismatch) {
  const test::Example example = test::example();
  const Bytes bytes = example.payload.bytes();
  BOOST_TEST(test::decode_error(bytes, {}) == test::kMismatch);
  BOOST_TEST(test::decode_error(bytes, {example.old_files[0], {}}) == test::kMismatch);
}

BOOST_AUTO_TEST_CASE(an_old_part_of_a_wrong_size_is_a_mismatch) {
  const test::Example example = test::example();
  for (const std::size_t size : {0u, 24u, 26u}) {
    Bytes file = example.old_files[0];
    file.resize(size);
    BOOST_TEST(test::decode_error(example.payload.bytes(), {file}) == test::kMismatch);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
