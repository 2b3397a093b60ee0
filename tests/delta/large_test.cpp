// Deltas in little memory: old files are read at random, and matched piece by piece.

#include <boost/test/unit_test.hpp>

#include "delta/encode/memory_plan.hpp"
#include "match/neighbourhood.hpp"
#include "observers.hpp"
#include "payloads.hpp"

namespace xppkg::delta {
namespace {

using test::Files;
using test::noise;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kLittle = 64 * kMiB;

Bytes joined(std::initializer_list<ByteView> pieces) {
  Bytes all;
  for (const ByteView piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

/// A file of zeros of any size.
class StatedSize final : public RandomReader {
 public:
  explicit StatedSize(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t, MutableByteView out) const override { std::ranges::fill(out, 0); }

 private:
  std::uint64_t size_;
};

class Parts {
 public:
  explicit Parts(const Files& files) {
    for (const Bytes& file : files) {
      readers_.emplace_back(file);
      inputs_.push_back({static_cast<std::uint32_t>(inputs_.size()), nullptr});
    }
    for (std::size_t i = 0; i < readers_.size(); ++i) inputs_[i].bytes = &readers_[i];
  }
  [[nodiscard]] std::span<const Input> get() const { return inputs_; }

 private:
  std::vector<BufferReader> readers_;
  std::vector<Input> inputs_;
};

Bytes delta(const Files& old_files, const Files& new_files, const EncodeOptions& options,
            Observer&& observer = Observer()) {
  const Parts old_parts(old_files);
  const Parts new_parts(new_files);
  BufferSink out;
  encode_delta(blake2b({}), old_parts.get(), {}, new_parts.get(), out, options, observer);
  return out.take();
}

/// Old files of 30 MiB, which do not fit into little memory, and new ones that are much the same:
/// moved by megabytes, with bytes put in, taken out and changed.
struct Pair {
  Files old_files{noise(1, 20 * kMiB), noise(2, 10 * kMiB)};
  Files new_files;

  Pair() {
    const ByteView first = old_files[0];
    const ByteView second = old_files[1];
    Bytes moved = joined({second.subspan(kMiB), noise(3, 777), first.subspan(9 * kMiB, 6 * kMiB),
                          first.first(5 * kMiB + 1)});
    for (std::size_t i = 40'000; i < moved.size(); i += 100'000) moved[i] ^= 0x55;
    new_files = {moved, to_bytes("small"), Bytes(), Bytes(second.begin(), second.begin() + 5'000)};
  }
};

MemoryPlan plan(const std::vector<std::uint64_t>& old_sizes,
                const std::vector<std::uint64_t>& new_sizes, unsigned threads,
                std::uint64_t memory) {
  std::vector<StatedSize> readers;
  for (const auto* sizes : {&old_sizes, &new_sizes}) {
    for (const std::uint64_t size : *sizes) readers.emplace_back(size);
  }
  std::vector<Input> inputs;
  for (const StatedSize& reader : readers) inputs.push_back({0, &reader});
  EncodeOptions options;
  options.threads = threads;
  options.memory = memory;
  MemoryPlan made = plan_memory(std::span(inputs).first(old_sizes.size()),
                                std::span(inputs).subspan(old_sizes.size()), options);
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_large)

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_the_memory_come_back_by_small_deltas) {
  const Pair pair;
  const Bytes payload = delta(pair.old_files, pair.new_files, {3, 2, Effort::best, kLittle});
  BOOST_TEST(payload.size() < 5'000u);
  BOOST_TEST((test::decode(payload, pair.old_files) == pair.new_files));
}

BOOST_AUTO_TEST_CASE(a_delta_in_little_memory_is_the_same_with_any_threads) {
  const Pair pair;
  const Bytes one = delta(pair.old_files, pair.new_files, {3, 1, Effort::best, kLittle});
  BOOST_TEST((one == delta(pair.old_files, pair.new_files, {3, 3, Effort::best, kLittle})));
}

BOOST_AUTO_TEST_CASE(old_parts_stay_in_memory_as_long_as_six_times_their_size_fits) {
  BOOST_TEST(plan({100 * kMiB}, {100 * kMiB}, 2, 0).resident.size() == 1u);
  BOOST_TEST(plan({100 * kMiB}, {10 * kMiB}, 2, 700 * kMiB).resident.size() == 1u);
  const MemoryPlan little = plan({100 * kMiB}, {10 * kMiB}, 2, 600 * kMiB);
  BOOST_TEST(little.resident.empty());
  BOOST_TEST(little.remote.size() == 1u);
  BOOST_TEST(little.largest_predicted == 0u);
}

BOOST_AUTO_TEST_CASE(fewer_threads_work_before_old_parts_leave_the_memory) {
  BOOST_TEST(plan({10 * kMiB}, {100 * kMiB, 100 * kMiB}, 4, 2'300 * kMiB).threads == 2u);
  BOOST_TEST(plan({10 * kMiB}, {100 * kMiB, 100 * kMiB}, 4, 1'200 * kMiB).threads == 1u);
  BOOST_TEST(plan({10 * kMiB}, {100 * kMiB, 100 * kMiB}, 4, 1'200 * kMiB).resident.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_beyond_what_can_be_sorted_is_read_at_random_and_others_stay) {
  const MemoryPlan made = plan({3'000 * kMiB, kMiB}, {3'100 * kMiB, kMiB}, 2, 0);
  BOOST_TEST(made.resident.size() == 1u);
  BOOST_TEST(made.remote.size() == 1u);
  BOOST_TEST(made.largest_predicted == 512 * kMiB);
  BOOST_TEST(plan({3'000 * kMiB}, {100 * kMiB}, 2, 0).largest_predicted == 0u);
}

BOOST_AUTO_TEST_CASE(sixty_four_mebibytes_do_for_files_of_any_size_and_less_is_refused) {
  for (const std::uint64_t size : {kMiB, 1'000 * kMiB, 1'000'000 * kMiB}) {
    const MemoryPlan made = plan({size}, {size}, 8, kLittle);
    BOOST_TEST(made.threads >= 1u);
    BOOST_TEST(SampleTable::memory(made.sampling.stride == 0 ? Sampling{32, 32} : made.sampling,
                                   size) <= kLittle);
  }
  BOOST_CHECK_THROW(plan({kMiB}, {kMiB}, 1, 1), Error);
  BOOST_CHECK_THROW(plan({1'000 * kMiB}, {1'000 * kMiB}, 1, 32 * kMiB), Error);
}

BOOST_AUTO_TEST_CASE(a_neighbourhood_holds_the_matches_and_gives_their_places_back) {
  const Bytes old_bytes = noise(1, 200'000);
  const std::vector<LongMatch> matches{{100, 150'000, 500}, {700, 20'000, 300}};
  const Neighbourhood near(BufferReader(old_bytes), matches, 100'000);
  Survey known;
  known.matches = matches;
  const Survey local = near.localised(known);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto size = static_cast<std::size_t>(matches[i].length);
    const ByteView wanted =
        ByteView(old_bytes).subspan(static_cast<std::size_t>(matches[i].position), size);
    const ByteView found =
        near.image().subspan(static_cast<std::size_t>(local.matches[i].position), size);
    BOOST_TEST(std::ranges::equal(wanted, found));
    BOOST_TEST(std::ranges::equal(wanted, near.at(matches[i].position, size)));
    const auto back = near.globalised({{7, size, local.matches[i].position}});
    BOOST_TEST_REQUIRE(back.size() == 1u);
    BOOST_TEST(back[0].position == matches[i].position);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_over_the_border_of_a_neighbourhood_is_cut_there) {
  const Bytes old_bytes = noise(1, 2'000'000);
  // So many new bytes that margins would be too much.
  const std::vector<LongMatch> matches{{0, 1'000, 100}, {100, 1'500'000, 100}};
  const Neighbourhood near(BufferReader(old_bytes), matches, 200);
  BOOST_TEST_REQUIRE(near.image().size() == 200u);
  const auto operations = near.globalised({{5, 150, 20}, {3, 0, 0}});
  BOOST_TEST_REQUIRE(operations.size() == 3u);
  BOOST_TEST(operations[0].literal == 5u);
  BOOST_TEST(operations[0].copy == 80u);
  BOOST_TEST(operations[0].position == 1'020u);
  BOOST_TEST(operations[1].literal == 0u);
  BOOST_TEST(operations[1].copy == 70u);
  BOOST_TEST(operations[1].position == 1'500'000u);
  BOOST_TEST(operations[2].literal == 3u);
}

BOOST_AUTO_TEST_CASE(a_delta_in_little_memory_ends_when_it_is_cancelled_and_is_not_whole) {
  const Pair pair;
  for (const int calls : {0, 3, 20, 40}) {
    BOOST_CHECK_EXCEPTION(delta(pair.old_files, pair.new_files, {3, 2, Effort::best, kLittle},
                                test::CancelAfter(calls)),
                          Error,
                          [](const Error& error) { return error.code() == Code::cancelled; });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
