// The range coder, and the models on it, read again what they wrote.

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "model/literals.hpp"
#include "model/plan_coder.hpp"
#include "payloads.hpp"

namespace xppkg::delta {
namespace {

/// Runs `code` with a writer, which gives it what it is to write, and again with a reader.
template <typename Code>
void check_round_trip(const Code& code) {
  RangeWriter writer;
  code(writer);
  const Bytes stream = writer.finish();
  BOOST_TEST((stream.empty() || stream.back() != 0));
  const BufferReader payload(stream);
  RangeReader reader(payload, 0, stream.size());
  code(reader);
  BOOST_TEST(reader.is_finished());
}

/// Gives a writer the value, and a reader another one, which it must pass over.
template <typename Coder, typename Value>
Value given(Value value) {
  return Coder::kWrites ? value : static_cast<Value>(0);
}

/// Numbers of all lengths, the extremes among them.
std::vector<std::uint64_t> numbers(std::uint32_t seed) {
  std::vector<std::uint64_t> result{0, 1, 2, ~std::uint64_t{0}, ~std::uint64_t{0} - 1};
  std::mt19937_64 random(seed);
  for (unsigned length = 1; length <= 64; ++length) {
    result.push_back(std::uint64_t{1} << (length - 1));
    result.push_back(random() >> (64 - length));
  }
  std::ranges::shuffle(result, random);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_coding)

BOOST_AUTO_TEST_CASE(bits_of_every_probability_come_back) {
  constexpr std::array<std::uint32_t, 9> kProbabilities{1,     2,     16,    4096, 32768,
                                                        60000, 65520, 65534, 65535};
  for (const std::uint32_t share_of_ones : {0u, 1u, 50u, 99u, 100u}) {
    check_round_trip([&]<typename Coder>(Coder& coder) {
      std::mt19937 random(share_of_ones);
      for (int i = 0; i < 20'000; ++i) {
        const unsigned bit = random() % 100 < share_of_ones ? 1 : 0;
        const std::uint32_t probability = kProbabilities[random() % kProbabilities.size()];
        BOOST_TEST_REQUIRE(coder.bit(probability, given<Coder>(bit)) == bit);
      }
    });
  }
}

BOOST_AUTO_TEST_CASE(a_stream_of_likely_bits_is_short) {
  RangeWriter writer;
  for (int i = 0; i < 100'000; ++i) writer.bit(65535, 1);
  BOOST_TEST(writer.finish().size() < 3u);
}

BOOST_AUTO_TEST_CASE(behind_the_end_of_a_stream_there_are_zeros) {
  const BufferReader payload({});
  RangeReader none(payload, 0, 0);
  const Bytes zeros(1000);
  const BufferReader zeros_payload(zeros);
  RangeReader many(zeros_payload, 0, zeros.size());
  for (std::uint32_t i = 0; i < 7000; ++i) {
    const std::uint32_t probability = 1 + i * 7919 % 65535;
    BOOST_TEST_REQUIRE(none.bit(probability, 0) == many.bit(probability, 0));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_read_to_its_end_is_not_finished) {
  const Bytes stream = test::noise(1, 100);
  const BufferReader payload(stream);
  RangeReader reader(payload, 0, stream.size());
  for (int i = 0; i < 90 * 8; ++i) reader.bit(32768, 0);
  BOOST_TEST(!reader.is_finished());
  for (int i = 0; i < 10 * 8; ++i) reader.bit(32768, 0);
  BOOST_TEST(reader.is_finished());
}

BOOST_AUTO_TEST_CASE(a_stream_begins_and_ends_where_it_is_said_to) {
  RangeWriter writer;
  for (unsigned i = 0; i < 50'000; ++i) writer.bit(30000, i / 3 % 2);
  Bytes payload = test::noise(1, 99);
  const Bytes stream = writer.finish();
  payload.insert(payload.end(), stream.begin(), stream.end());
  const Bytes after = test::noise(2, 99);
  payload.insert(payload.end(), after.begin(), after.end());
  const BufferReader whole(payload);
  RangeReader reader(whole, 99, stream.size());
  for (unsigned i = 0; i < 50'000; ++i) BOOST_TEST_REQUIRE(reader.bit(30000, 0) == i / 3 % 2);
  BOOST_TEST(reader.is_finished());
}

BOOST_AUTO_TEST_CASE(numbers_of_all_lengths_come_back) {
  check_round_trip([]<typename Coder>(Coder& coder) {
    NumberModel model;
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
      for (const std::uint64_t number : numbers(seed)) {
        BOOST_TEST_REQUIRE(model.code(coder, given<Coder>(number)) == number);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(distances_wrap_and_come_back) {
  check_round_trip([]<typename Coder>(Coder& coder) {
    DistanceModel model;
    std::uint64_t expected = 0;
    for (const std::uint64_t number : numbers(3)) {
      BOOST_TEST_REQUIRE(model.code(coder, given<Coder>(number), expected) == number);
      expected = number * 3;
    }
  });
}

/// Codes them all, and tests that they come back.
template <typename Coder>
void code_operations(Coder& coder, const std::vector<Operation>& operations, Models models) {
  OperationModel model(models);
  std::vector<Operation> before;
  for (const Operation& operation : operations) {
    const Operation read =
        model.code(coder, given<Coder>(1) != 0 ? operation : Operation(), before);
    BOOST_TEST_REQUIRE(read.literal == operation.literal);
    BOOST_TEST_REQUIRE(read.copy == operation.copy);
    if (operation.copy > 0) BOOST_TEST_REQUIRE(read.position == operation.position);
    before.push_back(operation);
  }
}

std::vector<Operation> random_operations(unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Operation> operations(count);
  for (Operation& operation : operations) {
    const unsigned literal = static_cast<unsigned>(random() % 64);
    operation = {random() >> literal, random() >> (random() % 64), random()};
  }
  return operations;
}

BOOST_AUTO_TEST_CASE(operations_come_back_whatever_their_numbers) {
  const std::vector<Operation> operations = random_operations(1, 3000);
  for (const Models models : {Models::logistic, Models::lean}) {
    check_round_trip(
        [&]<typename Coder>(Coder& coder) { code_operations(coder, operations, models); });
  }
}

// The same edits in ten files: they lie elsewhere, but the distances between them are the same.
BOOST_AUTO_TEST_CASE(operations_that_repeat_elsewhere_cost_next_to_nothing) {
  std::vector<Operation> operations;
  for (std::uint64_t file = 0; file < 10; ++file) {
    for (std::uint64_t i = 0; i < 200; ++i) {
      operations.push_back({i * i % 97, 50 + i * i * 31 % 1009, file * 1'000'000 + i * 3000});
    }
  }
  const auto size = [&](std::size_t count, Models models) {
    RangeWriter writer;
    operations.resize(count);
    code_operations(writer, operations, models);
    return writer.finish().size();
  };
  const std::size_t all = size(2000, Models::lean);
  BOOST_TEST(all * 5 < size(2000, Models::logistic));
  BOOST_TEST(all < size(200, Models::lean) * 2);
}

BOOST_AUTO_TEST_CASE(modes_come_back_in_their_runs) {
  for (const std::size_t blocks : {0u, 1u, 2u, 1000u}) {
    Modes modes(blocks);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < blocks; ++i) {
      modes[i] = random() % 5 == 0 || i == 0 ? static_cast<Mode>(random() % kModes) : modes[i - 1];
    }
    const std::uint64_t runs = mode_runs(modes);
    check_round_trip([&]<typename Coder>(Coder& coder) {
      Modes read = Coder::kWrites ? modes : Modes(blocks);
      BOOST_TEST(ModeModel().code(coder, read, runs) == runs);
      BOOST_TEST((read == modes));
    });
  }
}

using EachModels = boost::mpl::list<std::integral_constant<Models, Models::mixed>,
                                    std::integral_constant<Models, Models::logistic>,
                                    std::integral_constant<Models, Models::lean>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(bytes_and_bits_of_several_opinions_come_back, Chosen, EachModels) {
  using Memory = typename Coding<Chosen::value>::Memory;
  check_round_trip([]<typename Coder>(Coder& coder) {
    typename Coding<Chosen::value>::template Byte<3, 2> bytes(10);
    typename Coding<Chosen::value>::template Bit<2, 3> bits;
    std::array<Memory, 16> memories;
    std::mt19937 random(1);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      const auto byte = static_cast<std::uint8_t>(i % 3000 < 1500 ? i % 7 : random());
      const std::uint8_t read = bytes.code(coder, given<Coder>(byte), {i % 7, i % 5, 1}, i % 2);
      BOOST_TEST_REQUIRE(read == byte);
      const unsigned bit = byte & 1;
      const std::array<Memory*, 2> two{&memories[i % 7], &memories[8 + i % 5]};
      BOOST_TEST_REQUIRE(bits.code(coder, two, i % 3, given<Coder>(bit)) == bit);
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(literals_come_back_and_those_that_repeat_cost_little, Chosen,
                              EachModels) {
  Bytes text = test::noise(1, 5000);
  const Bytes again = text;
  text.insert(text.end(), again.begin(), again.end());
  check_round_trip([&]<typename Coder>(Coder& coder) {
    LiteralModel<Chosen::value> model;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i % 100 == 0) model.follow(ByteView(text).first(i % 13));
      BOOST_TEST_REQUIRE(model.code(coder, given<Coder>(text[i]), text[i / 2]) == text[i]);
    }
  });
  RangeWriter writer;
  LiteralModel<Chosen::value> model;
  for (const std::uint8_t byte : text) model.code(writer, byte, 0);
  // In 1.2 weights learn of each guessed byte by itself; else it is learned to trust guesses.
  BOOST_TEST(writer.finish().size() < (Chosen::value == Models::logistic ? 7000u : 5700u));
}

BOOST_AUTO_TEST_CASE(bits_that_are_always_the_same_cost_next_to_nothing) {
  RangeWriter writer;
  LogisticBit<1, 1> bits;
  CountedWeight weight;
  for (int i = 0; i < 100'000; ++i) bits.code(writer, {&weight}, 0, 1);
  BOOST_TEST(writer.finish().size() < 20u);
}

BOOST_AUTO_TEST_CASE(a_weight_wraps_at_sixteen_bits) {
  Weight weight;
  for (int i = 0; i < 29; ++i) weight.learn(65535, 70);
  BOOST_TEST(weight.value() == 29 * 1120);
  weight.learn(65535, 70);
  BOOST_TEST(weight.value() == 30 * 1120 - 65536);
}

BOOST_AUTO_TEST_CASE(a_probability_stays_within_its_limits) {
  for (const unsigned bit : {0u, 1u}) {
    Probability probability;
    for (int i = 0; i < 10'000; ++i) {
      probability.learn(bit, 60);
      BOOST_TEST_REQUIRE(probability.value() >= kProbabilityLimit);
      BOOST_TEST_REQUIRE(probability.value() <= 65536 - kProbabilityLimit);
    }
    probability.learn(1 - bit, 60);
    BOOST_TEST((probability.value() > 32768) == (bit == 1));
  }
}

BOOST_AUTO_TEST_CASE(stretch_and_squash_undo_each_other_within_a_step) {
  for (std::uint32_t p = 32; p < 65536 - 32; ++p) {
    const std::uint32_t back = squash(stretch(p));
    const std::uint32_t off = back > p ? back - p : p - back;
    // A value apart is p * (1 - p) / 256, and a sixteenth of the numbers is told from the next.
    BOOST_TEST_REQUIRE(off <= 16 + (p >> 8) * ((65536 - p) >> 8) / 256 + 16);
  }
  BOOST_TEST(squash(1 << 30) < 65536u);
  BOOST_TEST(squash(-(1 << 30)) > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
