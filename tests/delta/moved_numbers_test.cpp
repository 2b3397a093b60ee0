// Decimal numbers in copied text that moved by a step: foreseen by their columns.

#include <boost/test/unit_test.hpp>
#include <string>

#include "delta/outline.hpp"
#include "model/copy_model.hpp"
#include "predictions.hpp"

namespace xppkg::delta {
namespace {

/// The new bytes as a stream of corrections of the old ones, which comes back.
std::size_t coded_size(const Bytes& old_bytes, const Bytes& new_bytes, bool has_moved_numbers) {
  RangeWriter writer;
  Bytes made = new_bytes;
  std::make_unique<CopyModel<kNewestModels>>(has_moved_numbers)
      ->code_plain(writer, old_bytes, made);
  const Bytes stream = writer.finish();
  const BufferReader payload(stream);
  RangeReader reader(payload, 0, stream.size());
  Bytes read(old_bytes.size());
  std::make_unique<CopyModel<kNewestModels>>(has_moved_numbers)
      ->code_plain(reader, old_bytes, read);
  BOOST_TEST_REQUIRE((read == new_bytes));
  return stream.size();
}

/// A number of seven digits, and one that is a name.
Bytes list_of_offsets(std::int64_t step) {
  std::string text;
  std::int64_t offset = 1'500'003;
  for (int i = 0; i < 2'000; ++i) {
    text += "\"file-" + std::to_string(i * 7919 % 1009) +
            "\":{\"offset\":" + std::to_string(offset + step) + "},";
    offset += i * i % 997;
  }
  return to_bytes(text);
}

Bytes with_foreseen(MovedNumbers& numbers, const std::string& old_bytes) {
  const ByteView expected = numbers.foresee(to_bytes(old_bytes));
  return {expected.begin(), expected.end()};
}

void learn(MovedNumbers& numbers, const std::string& old_bytes, const std::string& new_bytes) {
  with_foreseen(numbers, old_bytes);
  numbers.learn(to_bytes(new_bytes));
}

std::uint16_t minor_of(const Bytes& payload) {
  return read_outline(BufferReader(payload)).minor;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_moved_numbers)

BOOST_AUTO_TEST_CASE(a_column_that_moves_by_a_step_costs_next_to_nothing) {
  const Bytes old_bytes = list_of_offsets(0);
  for (const std::int64_t step : {1, 17, 4096, 123456, -1, -17, -4096}) {
    const Bytes new_bytes = list_of_offsets(step);
    const std::size_t foreseen = coded_size(old_bytes, new_bytes, true);
    BOOST_TEST(foreseen < 150u, "step " << step << ": " << foreseen << " bytes");
    BOOST_TEST(foreseen * 4 < coded_size(old_bytes, new_bytes, false), "step " << step);
  }
}

BOOST_AUTO_TEST_CASE(a_step_is_believed_when_two_numbers_in_a_row_took_it) {
  MovedNumbers numbers;
  BOOST_TEST((with_foreseen(numbers, "at 10\n") == to_bytes("at 10\n")));
  learn(numbers, "at 10\n", "at 15\n");
  BOOST_TEST((with_foreseen(numbers, "at 20\n") == to_bytes("at 20\n")));
  learn(numbers, "at 20\n", "at 25\n");
  BOOST_TEST((with_foreseen(numbers, "at 98\n") == to_bytes("at 98\n")));  // 103 has three digits
  BOOST_TEST((with_foreseen(numbers, "at 94\n") == to_bytes("at 99\n")));
  BOOST_TEST((with_foreseen(numbers, "at 095\n") == to_bytes("at 100\n")));
}

BOOST_AUTO_TEST_CASE(one_number_that_moved_otherwise_does_not_change_what_is_foreseen) {
  MovedNumbers numbers;
  for (const std::string tens : {"1", "2", "3"}) {
    learn(numbers, "at " + tens + "0\n", "at " + tens + "5\n");
  }
  learn(numbers, "at 30\n", "at 39\n");
  BOOST_TEST((with_foreseen(numbers, "at 40\n") == to_bytes("at 45\n")));
}

BOOST_AUTO_TEST_CASE(fields_of_a_line_move_each_by_their_own_step) {
  MovedNumbers numbers;
  for (const std::string name : {"a", "b", "c", "d"}) {
    learn(numbers, "20," + name + ",50," + name + "\n", "21," + name + ",30," + name + "\n");
  }
  BOOST_TEST((with_foreseen(numbers, "40,e,90,e\n") == to_bytes("41,e,70,e\n")));
}

BOOST_AUTO_TEST_CASE(numbers_that_would_be_below_zero_or_are_too_long_are_expected_to_stay) {
  MovedNumbers numbers;
  learn(numbers, "at 30\n", "at 10\n");
  learn(numbers, "at 40\n", "at 20\n");
  const std::string digits(19, '7');
  for (const std::string& text : {std::string("at 19\n"), "at " + digits + "\n"}) {
    BOOST_TEST((with_foreseen(numbers, text) == to_bytes(text)), text);
  }
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back_wherever_numbers_are_foreseen) {
  const Bytes noise = test::noise(1, 100'000);
  coded_size(noise, test::noise(2, noise.size()), true);
  coded_size(noise, noise, true);
  coded_size(Bytes(100'000, '9'), Bytes(100'000, '1'), true);
  for (std::size_t size = 1; size < 80; ++size) {
    coded_size(Bytes(size, '9'), Bytes(size, '0'), true);
    coded_size(to_bytes(std::string(size, 'a') + "12345"),
               to_bytes(std::string(size, 'a') + "12346"), true);
  }
}

BOOST_AUTO_TEST_CASE(a_payload_says_1_6_only_if_numbers_moved) {
  const Bytes old_file = list_of_offsets(0);
  Bytes edited = old_file;
  edited[5'000] = 'X';
  const Bytes moved = list_of_offsets(4096);
  for (const auto& [new_file, minor] :
       {std::pair{edited, kMinorExportTries}, std::pair{moved, kMinorMovedNumbers}}) {
    const Bytes payload = test::make_delta({old_file}, {new_file});
    BOOST_TEST(minor_of(payload) == minor);
    BOOST_TEST((test::decode(payload, {old_file}) == test::Files{new_file}));
  }
}

BOOST_AUTO_TEST_CASE(moved_numbers_before_1_6_are_refused) {
  const Bytes old_file = list_of_offsets(0);
  test::RawPrediction segment{old_file.size(), {}, {{0, old_file.size(), 0}}};
  segment.have_numbers_moved = true;
  const auto outcome = [&](std::uint16_t minor) {
    return test::decode_error(
        test::predicted_payload({old_file}, {old_file.size()}, {segment}, 64ull << 20, minor),
        {old_file});
  };
  BOOST_TEST(outcome(kMinorMovedNumbers) == test::kFine);
  BOOST_TEST(outcome(kMinorExportTries) == test::kCorrupt);
  BOOST_TEST(outcome(kMinorPredictedCopies) == test::kCorrupt);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
