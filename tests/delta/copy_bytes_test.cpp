// The correction of copied bytes: of words that may mean several things, and of rows that stay.

#include <boost/test/unit_test.hpp>
#include <random>

#include "model/copy_model.hpp"
#include "payloads.hpp"

namespace xppkg::delta {
namespace {

/// A program of one section, which moves by 0x100 from its middle on.
AddressMap moved_map() {
  Program program;
  program.image_base = 0x400000;
  program.sections = {{0, 0x4000, 0x401000, 0x4000, false}};
  std::vector<Section> new_sections{{0, 0x4100, 0x401000, 0x4100, false}};
  return {program, new_sections, 0x400000, {{0, 0, 0x2000}, {0x2000, 0x2100, 0x2000}}};
}

/// Words as they stand in tables: zeros, numbers that stay, distances from the image base.
std::vector<Hypotheses::Word> words() {
  std::mt19937 random(1);
  std::vector<Hypotheses::Word> result;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const std::uint32_t address = 0x1000 + static_cast<std::uint32_t>(random() % 0x4000);
    const std::uint32_t value = i % 5 == 0 ? 0 : i % 3 == 0 ? i : address;
    result.push_back({value, 4 * i, 4 * i});
  }
  return result;
}

Bytes coded(ByteView old_bytes, Bytes new_bytes) {
  RangeWriter writer;
  const auto model = std::make_unique<CopyModel<kNewestModels>>();
  model->code_plain(writer, old_bytes, new_bytes);
  return writer.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_copied_bytes)

BOOST_AUTO_TEST_CASE(the_first_guess_is_the_likeliest_and_the_others_say_something_else) {
  const AddressMap map = moved_map();
  TargetPredictor targets(map);
  const Labels labels(0x4000);
  Hypotheses hypotheses(map, targets, labels, {{0x402000, 0x402100}});
  std::size_t others = 0;
  for (const Hypotheses::Word& word : words()) {
    const std::vector<Hypotheses::Guess> all = [&] {
      const auto guesses = hypotheses.guess(word);
      return std::vector(guesses.begin(), guesses.end());
    }();
    const Hypotheses::Guess first = hypotheses.first(word);
    BOOST_TEST_REQUIRE(first.score == all.front().score);
    const auto made = hypotheses.with_others();
    BOOST_TEST_REQUIRE(made.size() == all.size());
    BOOST_TEST_REQUIRE(made.front().value == first.value);
    for (std::size_t i = 1; i < made.size(); ++i) {
      BOOST_TEST_REQUIRE(made[i].value != first.value);
      BOOST_TEST_REQUIRE((i == 1 || made[i].score <= made[i - 1].score));
      ++others;
    }
    // Targets behind the middle of the program moved with it.
    const std::uint32_t moved = word.old_value >= 0x3000 ? word.old_value + 0x100 : word.old_value;
    const auto right = std::ranges::find(made, moved, &Hypotheses::Guess::value);
    hypotheses.learn(moved, static_cast<std::size_t>(right - made.begin()));
  }
  BOOST_TEST(others > 1000u);
}

BOOST_AUTO_TEST_CASE(a_first_guess_that_stays_right_gets_likelier_and_needs_no_others) {
  const AddressMap map = moved_map();
  TargetPredictor targets(map);
  const Labels labels(0x4000);
  Hypotheses hypotheses(map, targets, labels, {});
  const Hypotheses::Word word{0x3800, 0, 0};
  // At first it is taken for a number that stays.
  BOOST_TEST(hypotheses.first(word).value == 0x3800u);
  for (int i = 0; i < 20; ++i) {
    std::size_t right = 0;
    if (hypotheses.first(word).value != 0x3900u) {
      const auto all = hypotheses.with_others();
      const auto found = std::ranges::find(all, 0x3900u, &Hypotheses::Guess::value);
      right = static_cast<std::size_t>(found - all.begin());
    }
    hypotheses.learn(0x3900, right);
  }
  BOOST_TEST(hypotheses.first(word).value == 0x3900u);
  BOOST_TEST(hypotheses.first(word).score > 60'000u);
}

BOOST_AUTO_TEST_CASE(a_long_row_that_stays_costs_a_few_bytes) {
  const Bytes old_bytes = test::noise(1, 1 << 20);
  BOOST_TEST(coded(old_bytes, old_bytes).size() < 40u);
}

BOOST_AUTO_TEST_CASE(a_changed_byte_costs_little_wherever_it_is_in_a_long_row) {
  const Bytes old_bytes = test::noise(1, 10 * 1024 + 100);
  for (std::size_t at = 0; at < old_bytes.size(); at += 511) {
    Bytes new_bytes = old_bytes;
    new_bytes[at] ^= 0x55;
    const Bytes stream = coded(old_bytes, new_bytes);
    BOOST_TEST(stream.size() < 60u);
    const BufferReader payload(stream);
    RangeReader reader(payload, 0, stream.size());
    Bytes read(old_bytes.size());
    std::make_unique<CopyModel<kNewestModels>>()->code_plain(reader, old_bytes, read);
    BOOST_TEST((read == new_bytes));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
