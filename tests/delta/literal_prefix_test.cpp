// Old bytes that the frame of literals refers to.

#include "wire/literal_prefix.hpp"

#include <boost/test/unit_test.hpp>

#include "delta/decode/predicted_reader.hpp"
#include "predictions.hpp"
#include "search/prefix_choice.hpp"
#include "write/predicted_writer.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
const Compression kFrames{19, kPredictedWindowLog};
const auto kIgnored = [](std::size_t) {};

/// New bytes that are pieces of the old ones, none of which is copied.
struct Scattered {
  Bytes old_file = test::noise(1, 50'000);
  Bytes new_bytes;
  SegmentPlan plan;

  Scattered() {
    for (std::size_t at = 40'000; at > 1000; at -= 1000) {
      new_bytes.insert(new_bytes.end(), old_file.begin() + static_cast<std::ptrdiff_t>(at),
                       old_file.begin() + static_cast<std::ptrdiff_t>(at + 100));
    }
    plan.operations = {{new_bytes.size(), 0, 0}};
  }

  [[nodiscard]] std::optional<Bytes> prefixed(const LiteralPrefix& prefix) const {
    return with_prefixed_literals(written(), plan, new_bytes, prefix,
                                  ByteView(old_file).subspan(prefix.begin, prefix.size), kFrames,
                                  kIgnored);
  }
  [[nodiscard]] Bytes written() const {
    return with_place(old_file, [&](const SegmentPlace& place) {
      return write_predicted_segment(place, plan, new_bytes, kFrames, kIgnored);
    });
  }
  [[nodiscard]] Bytes read(const Bytes& segment, const Bytes& old_bytes,
                           std::uint64_t memory = kDeltaMemory) const {
    return with_place(old_bytes, [&](const SegmentPlace& place) {
      const BufferReader payload(segment);
      BufferSink out;
      read_predicted_segment(payload, 0,
                             read_segment_header(payload, 0, new_bytes.size(), kNewestMinor), place,
                             memory, out);
      return out.take();
    });
  }

 private:
  template <typename Use>
  Bytes with_place(const Bytes& old_bytes, const Use& use) const {
    const BufferReader old_part(old_bytes);
    const RandomReader* part = &old_part;
    const Part made{0, new_bytes.size()};
    return use(
        SegmentPlace{std::span(&part, 1), &old_part, std::span(&made, 1), 0, new_bytes.size()});
  }
};

/// A segment that is one literal, with the field as given and then `frame`.
std::string refused(std::uint64_t begin, std::uint32_t size, const Bytes& frame,
                    bool is_modelled = false, std::uint16_t minor = kNewestMinor,
                    std::uint64_t memory = 64 * kMiB) {
  ByteWriter field;
  field.u64(begin);
  field.u32(size);
  field.raw(frame);
  const Bytes old_file = test::noise(1, 1000);
  const test::RawPrediction segment{10, {},           {{10, 0, 0}}, std::nullopt,
                                    0,  field.take(), is_modelled,  true};
  const Bytes payload = test::predicted_payload({old_file}, {10}, {segment}, memory, minor);
  try {
    test::decode(payload, {old_file});
    return {};
  } catch (const Error& error) {
    return std::string(error.fact("reason"));
  }
}

Bytes frame_of_ten() {
  return compress(test::noise(5, 10), kFrames, kIgnored);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_literal_prefix)

BOOST_AUTO_TEST_CASE(literals_made_of_old_bytes_cost_little_with_these_before_them) {
  const Scattered made;
  const auto segment = made.prefixed({0, 50'000});
  BOOST_TEST_REQUIRE(segment.has_value());
  BOOST_TEST(segment->size() * 5 < made.written().size());
  BOOST_TEST((made.read(*segment, made.old_file) == made.new_bytes));
}

BOOST_AUTO_TEST_CASE(a_prefix_that_gains_nothing_is_left_out) {
  BOOST_TEST(!Scattered().prefixed({45'000, 5'000}).has_value());
}

BOOST_AUTO_TEST_CASE(other_old_bytes_make_other_literals_or_none) {
  const Scattered made;
  const auto segment = made.prefixed({0, 50'000});
  try {
    BOOST_TEST((made.read(*segment, test::noise(2, 50'000)) != made.new_bytes));
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Code::corrupt_payload));
  }
}

BOOST_AUTO_TEST_CASE(a_prefix_counts_among_the_memory) {
  const Scattered made;
  const auto segment = made.prefixed({0, 50'000});
  const std::uint64_t least = 25 * kMiB + 52 + 50'000;
  BOOST_TEST((made.read(*segment, made.old_file, least) == made.new_bytes));
  BOOST_CHECK_THROW(made.read(*segment, made.old_file, least - 1), Error);
}

BOOST_AUTO_TEST_CASE(a_prefix_that_is_not_there_is_refused) {
  const Bytes frame = frame_of_ten();
  BOOST_TEST(refused(0, 1000, frame) == "");
  BOOST_TEST(refused(999, 1, frame) == "");
  BOOST_TEST(refused(0, 0, frame) == "a prefix of a wrong size");
  BOOST_TEST(refused(0, 8 * 1024 * 1024 + 1, frame) == "a prefix of a wrong size");
  for (const std::uint64_t begin : {std::uint64_t{1}, std::uint64_t{1001}, ~std::uint64_t{0}}) {
    BOOST_TEST(refused(begin, 1000, frame) == "a prefix past the end of the old image");
  }
  BOOST_TEST(refused(0, 1000, {}) == "literals without a frame after their prefix");
  BOOST_TEST(refused(0, 1000, frame, true) == "literals that are modelled and have a prefix");
  BOOST_TEST(refused(0, 1000, frame, false, kMinorLogisticModels) ==
             "a stream past the end of the payload");
}

BOOST_AUTO_TEST_CASE(the_prefix_is_as_long_as_literals_and_memory_allow) {
  BOOST_TEST(largest_prefix(100, 10 * kMiB, true) == 25'600u);
  BOOST_TEST(largest_prefix(kMiB, 10 * kMiB, true) == 3 * kMiB);
  BOOST_TEST(largest_prefix(kMiB, 10 * kMiB, false) == 6 * kMiB);
  BOOST_TEST(largest_prefix(3 * kMiB, 100 * kMiB, true) == 5 * kMiB);
  for (const std::uint64_t literals : {0 * kMiB, 4 * kMiB, 9 * kMiB}) {
    BOOST_TEST(largest_prefix(literals, 10 * kMiB, true) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(the_prefix_lies_where_most_literals_belong) {
  const std::vector<Operation> operations{
      {10, 50, 100}, {900, 50, 700'000}, {800, 50, 705'000}, {1000, 50, 200'000}, {5, 0, 0}};
  const auto chosen = choose_prefix(operations, 1'000'000, 40'000);
  BOOST_TEST_REQUIRE(chosen.has_value());
  BOOST_TEST(chosen->begin == 690'000u);
  BOOST_TEST(chosen->size == 40'000u);
  const auto whole = choose_prefix(operations, 1'000'000, 4'000'000);
  BOOST_TEST(whole->begin == 0u);
  BOOST_TEST(whole->size == 1'000'000u);
  BOOST_TEST(!choose_prefix(std::span(operations).last(1), 1'000'000, 40'000).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
