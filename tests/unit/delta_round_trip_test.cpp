#include <boost/test/unit_test.hpp>
#include <span>

#include "observers.hpp"
#include "payloads.hpp"

namespace xppkg {
namespace {

using test::Files;

void check_both_ways(const Files& old_files, const Files& new_files) {
  BOOST_TEST((test::decode(test::make_delta(old_files, new_files), old_files) == new_files));
  BOOST_TEST((test::decode(test::make_delta(new_files, old_files), new_files) == old_files));
}

Bytes joined(std::initializer_list<Bytes> pieces) {
  Bytes all;
  for (const Bytes& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

Bytes repeated(const Bytes& piece, std::size_t times) {
  Bytes all;
  all.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

/// Takes everything and keeps nothing.
class CountingSink final : public Sink {
 public:
  void write(ByteView bytes) override { size_ += bytes.size(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_round_trip)

BOOST_AUTO_TEST_CASE(no_files_at_all_make_a_header_alone) {
  const Bytes payload = test::make_full({});
  BOOST_TEST(payload.size() == 96u);
  BOOST_TEST(test::decode(payload, {}).empty());
  check_both_ways({}, {});
}

BOOST_AUTO_TEST_CASE(empty_files_come_back_in_their_places) {
  check_both_ways({to_bytes("")}, {to_bytes("")});
  check_both_ways({to_bytes("a")}, {to_bytes(""), to_bytes("a"), to_bytes(""), to_bytes("")});
  check_both_ways({to_bytes(""), to_bytes("b")}, {to_bytes("")});
}

BOOST_AUTO_TEST_CASE(files_of_one_or_two_bytes_come_back) {
  check_both_ways({to_bytes("a")}, {to_bytes("b")});
  check_both_ways({to_bytes("aa")}, {to_bytes("a")});
  check_both_ways({to_bytes("ab")}, {to_bytes("ba"), to_bytes("b")});
}

BOOST_AUTO_TEST_CASE(new_files_without_old_ones_are_a_delta_too) {
  check_both_ways({}, {to_bytes("entirely new"), test::noise(1, 1000)});
}

BOOST_AUTO_TEST_CASE(many_small_parts_come_back) {
  Files old_files;
  Files new_files;
  for (std::uint32_t i = 0; i < 500; ++i) {
    old_files.push_back(test::noise(i, i % 97));
    new_files.push_back(test::noise(i + i % 3, i % 89));
  }
  check_both_ways(old_files, new_files);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_renamed_and_changed_costs_little) {
  const Bytes first = test::noise(1, 100'000);
  const Bytes second = test::noise(2, 100'000);
  Bytes changed = first;
  for (std::size_t i = 0; i < changed.size(); i += 10'000) changed[i] ^= 0x55;
  const Files new_files{second, to_bytes("x"), changed};
  const Files old_files{first, second};
  BOOST_TEST(test::make_delta(old_files, new_files).size() < 400u);
  check_both_ways(old_files, new_files);
}

BOOST_AUTO_TEST_CASE(references_that_all_moved_by_one_distance_cost_little) {
  Bytes old_file = test::noise(3, 400'000);
  Bytes new_file = old_file;
  for (std::size_t i = 0; i + 4 <= new_file.size(); i += 64) {
    std::uint32_t carry = 0x1234;
    for (std::size_t k = 0; k < 3; ++k) {
      carry += new_file[i + k];
      new_file[i + k] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    new_file[i + 3] = old_file[i + 3];
  }
  BOOST_TEST(test::make_delta({old_file}, {new_file}).size() < 1000u);
  check_both_ways({old_file}, {new_file});
}

BOOST_AUTO_TEST_CASE(bytes_that_cannot_be_compressed_grow_by_little) {
  const Bytes payload = test::make_delta({test::noise(1, 50'000)}, {test::noise(2, 50'000)});
  BOOST_TEST(payload.size() < 50'300u);
  check_both_ways({test::noise(1, 50'000)}, {test::noise(2, 50'000)});
}

BOOST_AUTO_TEST_CASE(a_difference_at_the_very_end_comes_back) {
  for (std::size_t from_end = 1; from_end < 6; ++from_end) {
    const Bytes old_file = test::noise(1, 500);
    Bytes new_file = old_file;
    for (std::size_t i = new_file.size() - from_end; i < new_file.size(); ++i) ++new_file[i];
    check_both_ways({old_file}, {new_file});
  }
}

BOOST_AUTO_TEST_CASE(moved_swapped_and_doubled_blocks_come_back) {
  const Bytes a = test::noise(1, 70'001);
  const Bytes b = test::noise(2, 65'536);
  const Bytes c = test::noise(3, 131'073);
  check_both_ways({joined({a, b, c})}, {joined({c, a, a, b, c}), joined({b, a})});
}

BOOST_AUTO_TEST_CASE(repetitive_files_end_in_seconds) {
  constexpr std::size_t kMiB = 1024 * 1024;
  const Bytes text = repeated(to_bytes("The same sentence again and again. "), 100'000);
  const Bytes period = repeated(test::noise(7, 977), 4'000);
  const Bytes old_file = joined({Bytes(32 * kMiB), text, period});
  const Bytes new_file = joined({text, to_bytes("x"), Bytes(20 * kMiB), to_bytes("y"), period,
                                 Bytes(12 * kMiB), text, test::noise(8, 50), text});
  const Bytes payload = test::make_delta({old_file}, {new_file});
  BOOST_TEST(payload.size() < 2000u);
  BOOST_TEST((test::decode(payload, {old_file}) == Files{new_file}));
}

BOOST_AUTO_TEST_CASE(sparse_noise_in_zeros_ends_in_seconds) {
  Bytes old_file(8 * 1024 * 1024);
  Bytes new_file = old_file;
  const Bytes values = test::noise(1, 20'000);
  for (std::size_t i = 0; i < 8'000; ++i) old_file[i * 997] = values[i];
  for (std::size_t i = 0; i < 5'000; ++i) new_file[i * 1'499] = values[i + 10'000];
  check_both_ways({old_file}, {new_file});
}

BOOST_AUTO_TEST_CASE(a_full_package_has_a_segment_for_each_block_and_is_the_same_with_any_threads) {
  const Bytes big = repeated(test::noise(1, 4096), 4500);  // over two blocks
  const Files files{to_bytes("first"), big, to_bytes("")};
  const Bytes payload = test::make_full(files, 1);
  BOOST_TEST((payload == test::make_full(files, 3)));
  BOOST_TEST((test::decode(payload, {}) == files));

  const BufferReader reader(big);
  const delta::Input input{0, &reader};
  Observer observer;
  CountingSink sink;
  const delta::Encoded encoded =
      delta::encode_full({}, std::span(&input, 1), sink, {3, 2}, observer);
  BOOST_TEST(encoded.segment_sizes.size() == 3u);
  std::uint64_t size = encoded.header_size;
  for (const std::uint64_t segment : encoded.segment_sizes) size += segment;
  BOOST_TEST(size == encoded.size);
  BOOST_TEST(size == sink.size());
}

BOOST_AUTO_TEST_CASE(the_same_input_gives_the_same_delta) {
  const Files old_files{test::noise(1, 9'000), test::noise(2, 9'000)};
  const Files new_files{joined({test::noise(2, 7'000), test::noise(1, 8'000)})};
  BOOST_TEST(
      (test::make_delta(old_files, new_files, 1) == test::make_delta(old_files, new_files, 4)));
}

BOOST_AUTO_TEST_CASE(progress_rises_to_the_total) {
  const Bytes file = test::noise(1, 5'000'000);
  const BufferReader reader(file);
  const delta::Input input{0, &reader};
  test::RecordingObserver encoding;
  BufferSink payload;
  delta::encode_full({}, std::span(&input, 1), payload, {1, 1}, encoding);
  test::RecordingObserver decoding;
  test::CollectingSink sink;
  const BufferReader payload_reader(payload.bytes());
  delta::Decoder(payload_reader).decode({}, sink, decoding);
  for (const auto& [reports, stage] :
       {std::pair{encoding.reports, Stage::diff}, std::pair{decoding.reports, Stage::prepare}}) {
    BOOST_TEST_REQUIRE(!reports.empty());
    for (std::size_t i = 0; i < reports.size(); ++i) {
      BOOST_TEST((reports[i].stage == stage));
      BOOST_TEST(reports[i].total == file.size());
      BOOST_TEST((i == 0 || reports[i - 1].done <= reports[i].done));
    }
    BOOST_TEST(reports.back().done == file.size());
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_with_cancelled) {
  const Bytes file = test::noise(1, 5'000'000);
  const BufferReader reader(file);
  const delta::Input input{0, &reader};
  BufferSink payload;
  for (const int calls : {0, 1}) {
    test::CancelAfter observer(calls);
    BufferSink out;
    BOOST_CHECK_EXCEPTION(delta::encode_full({}, std::span(&input, 1), out, {19, 1}, observer),
                          Error, test::is_cancelled);
    test::CancelAfter other(calls);
    BOOST_CHECK_EXCEPTION(delta::encode_delta(blake2b({}), std::span(&input, 1), {},
                                              std::span(&input, 1), out, {19, 1}, other),
                          Error, test::is_cancelled);
  }
  Observer patient;
  delta::encode_full({}, std::span(&input, 1), payload, {1, 1}, patient);
  const BufferReader payload_reader(payload.bytes());
  for (const int calls : {0, 1, 2}) {
    test::CancelAfter observer(calls);
    test::CollectingSink sink;
    BOOST_CHECK_EXCEPTION(delta::Decoder(payload_reader).decode({}, sink, observer), Error,
                          test::is_cancelled);
  }
}

BOOST_AUTO_TEST_CASE(an_encoder_refuses_a_header_that_no_decoder_would_take) {
  const BufferReader reader({});
  const std::array twice{delta::Input{1, &reader}, delta::Input{1, &reader}};
  Observer observer;
  BufferSink sink;
  BOOST_CHECK_THROW(delta::encode_full({}, twice, sink, {}, observer), Error);
  BOOST_CHECK_THROW(delta::encode_delta({}, std::span(twice).first(1), {}, {}, sink, {}, observer),
                    Error);
  BOOST_TEST(sink.bytes().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
