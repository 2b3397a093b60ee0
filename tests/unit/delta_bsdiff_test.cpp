#include <bzlib.h>

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <limits>

#include "delta/bsdiff.hpp"
#include "failure.hpp"
#include "payloads.hpp"

namespace xppkg {
namespace {

using test::error_of;
using test::kCorrupt;

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kGreatest = kSign - 1;
constexpr std::uint64_t kMostRun = 0x7fffffff;

std::uint64_t minus(std::uint64_t magnitude) {
  return magnitude | kSign;
}

Bytes numbers(std::initializer_list<std::uint64_t> values) {
  ByteWriter out;
  for (const std::uint64_t value : values) out.u64(value);
  return out.take();
}

Bytes bzip2(ByteView bytes) {
  Bytes packed(bytes.size() + bytes.size() / 100 + 600);
  auto size = static_cast<unsigned>(packed.size());
  BOOST_REQUIRE(
      BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(packed.data()), &size,
                               const_cast<char*>(reinterpret_cast<const char*>(bytes.data())),
                               static_cast<unsigned>(bytes.size()), 9, 0, 0) == BZ_OK);
  packed.resize(size);
  return packed;
}

/// A patch made by hand, of which a test changes one field at a time.
struct Patch {
  std::uint64_t output = 6;
  Bytes control = numbers({4, 2, 0});
  Bytes differences = Bytes{1, 0, 0, 0};
  Bytes extra = to_bytes("yz");

  [[nodiscard]] Bytes bytes() const {
    const Bytes packed_control = bzip2(control);
    const Bytes packed_differences = bzip2(differences);
    ByteWriter out;
    out.raw(as_bytes("BSDIFF40"));
    out.raw(numbers({packed_control.size(), packed_differences.size(), output}));
    out.raw(packed_control);
    out.raw(packed_differences);
    out.raw(bzip2(extra));
    return out.take();
  }
};

Bytes patched(ByteView patch, ByteView old_file, const delta::DecodeLimits& limits = {}) {
  BufferSink out;
  Observer observer;
  delta::apply_bsdiff(BufferReader(patch), BufferReader(old_file), out, limits, observer);
  return out.take();
}

Bytes patched(const Patch& patch) {
  return patched(patch.bytes(), as_bytes("abcd"));
}

std::string error_of_patch(const Patch& patch) {
  return error_of([&] { patched(patch); });
}

Bytes encode(ByteView old_file, ByteView new_file) {
  BufferSink out;
  Observer observer;
  delta::encode_bsdiff(BufferReader(old_file), BufferReader(new_file), out, observer);
  return out.take();
}

void check_both_ways(const Bytes& a, const Bytes& b) {
  BOOST_TEST((patched(encode(a, b), a) == b));
  BOOST_TEST((patched(encode(b, a), b) == a));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_bsdiff)

BOOST_AUTO_TEST_CASE(a_patch_made_by_hand_gives_its_file) {
  BOOST_TEST(as_text(patched(Patch{})) == "bbcdyz");
}

BOOST_AUTO_TEST_CASE(files_come_back_both_ways) {
  check_both_ways({}, {});
  check_both_ways({}, to_bytes("new"));
  check_both_ways(to_bytes("a"), to_bytes("b"));
  const Bytes noise = test::noise(1, 300'000);
  Bytes changed(noise.begin() + 1000, noise.end());
  for (std::size_t i = 0; i < changed.size(); i += 777) ++changed[i];
  const Bytes more = test::noise(2, 100'000);
  changed.insert(changed.begin() + 90'000, more.begin(), more.end());
  changed.insert(changed.end(), noise.begin(), noise.begin() + 50'000);
  check_both_ways(noise, changed);
  BOOST_TEST(encode(noise, changed).size() < 105'000u);
}

BOOST_AUTO_TEST_CASE(the_same_input_gives_the_same_patch) {
  const Bytes old_file = test::noise(1, 20'000);
  const Bytes new_file = test::noise(2, 20'000);
  BOOST_TEST((encode(old_file, new_file) == encode(old_file, new_file)));
}

BOOST_AUTO_TEST_CASE(old_bytes_outside_of_the_old_file_count_as_zero) {
  Patch patch;
  patch.differences = Bytes{'1', '2', 0, 0};
  patch.control = numbers({0, 0, minus(2), 4, 2, 0});
  BOOST_TEST(as_text(patched(patch)) == "12abyz");
  patch.differences = Bytes{0, 0, '3', '4'};
  patch.control = numbers({0, 0, 2, 4, 2, 0});
  BOOST_TEST(as_text(patched(patch)) == "cd34yz");
  for (const std::uint64_t far : {kGreatest - 4, minus(kGreatest), std::uint64_t{5}, minus(4)}) {
    patch.differences = to_bytes("5678");
    patch.control = numbers({0, 0, far, 4, 2, 0});
    BOOST_TEST(as_text(patched(patch)) == "5678yz");
  }
}

BOOST_AUTO_TEST_CASE(minus_zero_is_zero) {
  Patch patch;
  patch.control = numbers({0, 0, minus(0), 4, 2, minus(0)});
  BOOST_TEST(as_text(patched(patch)) == "bbcdyz");
}

BOOST_AUTO_TEST_CASE(what_follows_a_complete_output_is_not_looked_at) {
  Patch patch;
  patch.control = numbers({4, 2, 0, kGreatest, kGreatest, 9, 9});
  patch.differences = Bytes{1, 0, 0, 0, 77};
  patch.extra = to_bytes("yz and more");
  Bytes bytes = patch.bytes();
  bytes.push_back('!');
  BOOST_TEST(as_text(patched(bytes, as_bytes("abcd"))) == "bbcdyz");
}

BOOST_AUTO_TEST_CASE(lengths_beyond_the_output_are_corrupt) {
  for (const std::uint64_t wrong : {std::uint64_t{5}, std::uint64_t{7}, minus(1), kMostRun,
                                    kMostRun + 1, kGreatest, minus(kGreatest)}) {
    Patch patch;
    patch.control = numbers({4, wrong, 0});
    BOOST_TEST(error_of_patch(patch) == kCorrupt);
    patch.control = numbers({wrong, 2, 0});
    BOOST_TEST(error_of_patch(patch) == kCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(a_run_of_two_gigabytes_is_corrupt_as_bspatch_has_it) {
  Patch patch;
  patch.output = std::uint64_t{1} << 33;
  patch.control = numbers({kMostRun + 1, 0, 0});
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  patch.control = numbers({0, kMostRun + 1, 0});
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
}

BOOST_AUTO_TEST_CASE(positions_over_the_number_range_are_corrupt) {
  Patch patch;
  patch.control = numbers({0, 0, kGreatest, 1, 0, kGreatest, 3, 2, 0});
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  patch.control = numbers({0, 0, minus(kGreatest), 1, 0, minus(kGreatest), 3, 2, 0});
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
}

BOOST_AUTO_TEST_CASE(streams_that_end_too_early_are_corrupt) {
  Patch patch;
  patch.control = numbers({4, 1, 0});
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  patch = {};
  patch.control.pop_back();
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  patch = {};
  patch.differences.pop_back();
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  patch = {};
  patch.extra.pop_back();
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_patch_cut_anywhere_is_corrupt) {
  const Bytes whole = Patch{}.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // The end of the last stream holds a checksum that nobody reads: the output is complete by
    // then.
    const std::string id =
        error_of([&] { patched(ByteView(whole).first(size), as_bytes("abcd")); });
    BOOST_TEST((id == kCorrupt || (id.empty() && size + 14 > whole.size())));
  }
}

BOOST_AUTO_TEST_CASE(sizes_in_the_header_are_checked) {
  const Bytes whole = Patch{}.bytes();
  for (const std::size_t offset : {8U, 16U}) {
    for (const std::uint64_t wrong : {minus(1), minus(kGreatest), kGreatest, whole.size() - 31}) {
      Bytes bytes = whole;
      std::ranges::copy(numbers({wrong}), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
      BOOST_TEST(error_of([&] { patched(bytes, {}); }) == kCorrupt);
    }
  }
  Patch patch;
  patch.output = minus(1);
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
  Bytes other = whole;
  other[7] = '1';
  BOOST_TEST(error_of([&] { patched(other, {}); }) == kCorrupt);
}

BOOST_AUTO_TEST_CASE(an_output_over_the_limit_is_refused_before_anything_is_written) {
  delta::DecodeLimits limits;
  limits.output = 5;
  BOOST_TEST(error_of([&] { patched(Patch{}.bytes(), as_bytes("abcd"), limits); }) ==
             "limit.exceeded");
}

BOOST_AUTO_TEST_CASE(steps_that_make_nothing_are_bounded_by_the_output) {
  Patch patch;
  patch.output = std::uint64_t{1} << 40;
  patch.control = Bytes(24 * 1'000'000);
  BOOST_TEST(error_of_patch(patch) == kCorrupt);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_with_cancelled) {
  class Cancelling final : public Observer {
   public:
    bool cancelled() override { return true; }
  } observer;
  const BufferReader none({});
  BufferSink out;
  const Bytes patch = Patch{}.bytes();
  const BufferReader reader(patch);
  BOOST_TEST(error_of([&] { delta::encode_bsdiff(none, none, out, observer); }) == "cancelled");
  BOOST_TEST(error_of([&] { delta::apply_bsdiff(reader, none, out, {}, observer); }) ==
             "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
