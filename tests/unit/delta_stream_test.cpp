#include <boost/test/unit_test.hpp>

#include "payloads.hpp"
#include "wire/format.hpp"
#include "wire/zstd_stream.hpp"

namespace xppkg {
namespace {

using test::frame;

/// A full package of one new part in one segment, whose extra stream is given as it is on the wire.
test::RawPayload package(std::uint64_t size, const Bytes& extra) {
  test::RawPayload payload;
  payload.new_parts = {{0, size}};
  payload.segments = {{size, {Bytes{}, Bytes{}, Bytes{}, extra}, {}}};
  return payload;
}

Bytes joined(const Bytes& a, const Bytes& b) {
  Bytes both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

/// The first bytes of a zstd frame that names a window of 2^log bytes, and an empty last block.
Bytes frame_with_window(int log) {
  return {0x28, 0xb5, 0x2f, 0xfd, 0x00, static_cast<std::uint8_t>((log - 10) << 3), 0x01, 0, 0};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_stream)

BOOST_AUTO_TEST_CASE(a_payload_that_is_cut_anywhere_is_refused) {
  const test::Example example = test::example();
  const test::Files old_files{test::noise(1, 100)};
  const Bytes made = test::make_delta(old_files, {joined(old_files[0], test::noise(2, 300))});
  BOOST_TEST(test::decode_error(made, old_files) == test::kFine);
  for (const auto& [whole, files] :
       {std::pair(example.payload.bytes(), example.old_files), std::pair(made, old_files)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      BOOST_TEST(test::decode_error(ByteView(whole).first(size), files) == test::kCorrupt,
                 "cut to " << size << " of " << whole.size());
    }
  }
}

// Which takes a hundred MiB less, and finds all that is there to find: the same once more.
BOOST_AUTO_TEST_CASE(what_is_packed_already_is_compressed_where_it_comes_again) {
  constexpr std::size_t kSize = 3'000'000;
  const Bytes packed = test::noise(1, kSize);
  Bytes changed = packed;
  for (std::size_t at = 50'000; at < kSize; at += 100'000) changed[at] ^= 1;
  const Bytes frame = delta::compress(joined(packed, changed), {19, delta::kPredictedWindowLog},
                                      [](std::size_t) {});
  BOOST_TEST(frame.size() < kSize + kSize / 100);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_cut_anywhere_is_refused) {
  const Bytes whole = frame(to_bytes("some text, and some text again, and some text again"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    BOOST_TEST(test::decode_error(package(51, cut).bytes(), {}) == test::kCorrupt);
  }
  BOOST_TEST(test::decode_error(package(51, whole).bytes(), {}) == test::kFine);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_frame_are_refused) {
  const Bytes content(100, 'a');
  BOOST_TEST(test::decode_error(package(100, joined(frame(content), {0})).bytes(), {}) ==
             test::kCorrupt);
  BOOST_TEST(test::decode_error(package(200, joined(frame(content), frame(content))).bytes(), {}) ==
             test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(an_empty_or_skippable_or_foreign_frame_is_refused) {
  const Bytes skippable{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd'};
  const Bytes from_before_1_0{0x27, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0};
  for (const Bytes& extra : {frame({}), skippable, from_before_1_0, to_bytes("plain"),
                             joined(skippable, frame(Bytes(100, 'a')))}) {
    BOOST_TEST(test::decode_error(package(100, extra).bytes(), {}) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_window_over_the_memory_bound_is_refused) {
  const Bytes content = test::noise(1, 3'000'000);
  constexpr std::uint64_t kMiB = 1024 * 1024;
  // 2^20 bytes for the extra stream, a quarter for each of the others, and 5 MiB.
  const std::uint64_t memory = kMiB + 3 * (kMiB / 4) + 5 * kMiB;
  const auto error_of = [&](int window_log) {
    test::RawPayload payload = package(content.size(), frame(content, window_log, false));
    payload.memory = memory;
    return test::decode_error(payload.bytes(), {});
  };
  BOOST_TEST(error_of(20) == test::kFine);
  BOOST_TEST(error_of(21) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_window_of_2_to_31_bytes_is_refused) {
  for (const int log : {28, 30, 31, 41}) {
    BOOST_TEST(test::decode_error(package(1, frame_with_window(log)).bytes(), {}) ==
               test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_bomb_in_any_stream_is_refused_without_being_decoded_to_its_end) {
  const Bytes bomb = frame(Bytes(64 * 1024 * 1024), 20, false);
  BOOST_TEST(bomb.size() < 20'000u);
  for (std::size_t stream = 0; stream < 4; ++stream) {
    test::Example example = test::example();
    example.payload.segments[0].streams[stream] = bomb;
    BOOST_TEST(test::decode_error(example.payload.bytes(), example.old_files) == test::kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_long_output_is_refused_where_the_caller_says_so) {
  const Bytes bomb = frame(Bytes(1'000'000));
  delta::DecodeLimits limits;
  limits.output = 1'000'000;
  BOOST_TEST(test::decode_error(package(1'000'000, bomb).bytes(), {}, limits) == test::kFine);
  limits.output = 999'999;
  BOOST_TEST(test::decode_error(package(1'000'000, bomb).bytes(), {}, limits) == test::kLimit);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_gives_an_error_or_other_bytes_but_no_harm) {
  const test::Example example = test::example();
  const Bytes whole = example.payload.bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1 << bit);
      const std::string_view error = test::decode_error(changed, example.old_files);
      BOOST_TEST((error == test::kFine || error == test::kCorrupt || error == test::kLimit ||
                  error == test::kUnsupported || error == test::kMismatch));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
