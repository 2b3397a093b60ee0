// The progress that an observer sees while a predicted delta is made and applied, and where it can
// end both.

#include <boost/test/unit_test.hpp>

#include "delta/encode/delta_segments.hpp"
#include "delta/outline.hpp"
#include "linked_programs.hpp"
#include "observers.hpp"
#include "payloads.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

using test::Files;
using test::Target;

/// Cancels once so many bytes are reported.
class CancelAt final : public Observer {
 public:
  explicit CancelAt(std::uint64_t bytes) : bytes_(bytes) {}
  void progress(const Progress& progress) override { done_ = progress.done; }
  bool cancelled() override { return done_ >= bytes_; }
  /// The last report.
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  std::uint64_t bytes_;
  std::uint64_t done_ = 0;
};

/// Programs followed by zeros, so that each new one has a segment of its own.
struct Release {
  Files old_files;
  Files new_files;
  std::uint64_t new_size = 0;
};

Release make_release() {
  constexpr std::size_t kMoreThanHalf = kPredictedSegmentSize / 2 + 1;
  Release made;
  for (std::uint32_t i = 0; i < 2; ++i) {
    const test::Source source = test::make_source(i, 100);
    made.old_files.push_back(link(source, Target::pe_x86_64));
    made.new_files.push_back(link(changed(source, 1), Target::pe_x86_64));
    made.new_files.back().resize(kMoreThanHalf);
    made.new_size += kMoreThanHalf;
  }
  return made;
}

Bytes encode(const Release& release, unsigned threads, Observer& observer) {
  const std::array old_readers{BufferReader(release.old_files[0]),
                               BufferReader(release.old_files[1])};
  const std::array new_readers{BufferReader(release.new_files[0]),
                               BufferReader(release.new_files[1])};
  const std::array old_parts{Input{0, &old_readers[0]}, Input{1, &old_readers[1]}};
  const std::array new_parts{Input{0, &new_readers[0]}, Input{1, &new_readers[1]}};
  const Blake2b tree = blake2b(as_bytes("tree"));
  BufferSink sink;
  encode_delta(tree, old_parts, tree, new_parts, sink, {19, threads}, observer);
  return sink.take();
}

void decode(const Bytes& payload, const Release& release, Observer& observer) {
  const BufferReader reader(payload);
  const std::array old_readers{BufferReader(release.old_files[0]),
                               BufferReader(release.old_files[1])};
  const std::array<const RandomReader*, 2> old_parts{&old_readers[0], &old_readers[1]};
  test::CollectingSink sink;
  Decoder(reader).decode(old_parts, sink, observer);
}

void check_rises(const std::vector<Progress>& reports, Stage stage, std::uint64_t total) {
  BOOST_TEST_REQUIRE(!reports.empty());
  BOOST_TEST(reports.front().done == 0u);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    BOOST_TEST((reports[i].stage == stage));
    BOOST_TEST(reports[i].total == total);
    BOOST_TEST((i == 0 || reports[i - 1].done <= reports[i].done));
  }
  BOOST_TEST(reports.back().done <= total);
}

/// The new stream is gone over so often to make a delta.
constexpr std::uint64_t kSteps = 3;

/// Ends a call when it is told for the given time of bytes that were looked at.
class Ending {
 public:
  explicit Ending(std::size_t at) : left_(at) {}
  void operator()(std::size_t /*size*/) {
    ++calls_;
    if (left_-- == 0) throw Error(Code::cancelled);
  }
  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  std::size_t left_;
  std::size_t calls_ = 0;
};

/// The first, the last and some between of so many.
std::vector<std::size_t> some_of(std::size_t count) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < 10; ++i) some.push_back(i * (count - 1) / 9);
  return some;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_progress)

BOOST_AUTO_TEST_CASE(progress_of_a_predicted_delta_rises) {
  const Release release = make_release();
  for (const unsigned threads : {1u, 2u}) {
    test::RecordingObserver making;
    const Bytes payload = encode(release, threads, making);
    BOOST_TEST(read_outline(BufferReader(payload)).segments.size() == 2u);
    check_rises(making.reports, Stage::diff, kSteps * release.new_size);
    test::RecordingObserver applying;
    decode(payload, release, applying);
    check_rises(applying.reports, Stage::prepare, release.new_size);
    BOOST_TEST(applying.reports.back().done == release.new_size);
  }
}

BOOST_AUTO_TEST_CASE(progress_of_making_a_delta_ends_at_its_total_whatever_is_new) {
  const test::Source source = test::make_source(1, 100);
  const Bytes program = link(source, Target::pe_x86_64);
  const Bytes noise = test::noise(1, 100'000);
  // Copies, literals among copies, and nothing but literals.
  for (const Bytes& new_file : {program, link(changed(source, 1), Target::pe_x86_64), noise}) {
    const Release release{{program, program}, {new_file, new_file}, 2 * new_file.size()};
    test::RecordingObserver making;
    encode(release, 1, making);
    BOOST_TEST(making.reports.back().done == kSteps * release.new_size);
  }
}

BOOST_AUTO_TEST_CASE(making_a_delta_ends_where_it_is_cancelled_in_each_step) {
  const Release release = make_release();
  const std::uint64_t total = kSteps * release.new_size;
  // At the beginning, within each step, and between two.
  for (const std::uint64_t bytes : {std::uint64_t{0}, total / 4, total / 2, total / 8 * 5}) {
    for (const unsigned threads : {1u, 2u}) {
      CancelAt observer(bytes);
      BOOST_CHECK_EXCEPTION(encode(release, threads, observer), Error, test::is_cancelled);
      BOOST_TEST(observer.done() < total);
    }
  }
}

BOOST_AUTO_TEST_CASE(applying_a_delta_ends_where_it_is_cancelled) {
  const Release release = make_release();
  Observer patient;
  const Bytes payload = encode(release, 2, patient);
  for (std::uint64_t fifth = 0; fifth < 5; ++fifth) {
    const std::uint64_t bytes = release.new_size / 5 * fifth;
    CancelAt observer(bytes);
    BOOST_CHECK_EXCEPTION(decode(payload, release, observer), Error, test::is_cancelled);
    BOOST_TEST(observer.done() < release.new_size);
  }
}

BOOST_AUTO_TEST_CASE(a_segment_can_be_ended_within_each_step) {
  const test::Source source = test::make_source(1, 300);
  const Bytes old_file = link(source, Target::pe_x86_64);
  const Bytes new_file = link(changed(source, 2), Target::pe_x86_64);
  const std::array old_parts{Part{0, old_file.size()}};
  const std::array new_parts{Part{0, new_file.size()}};
  const std::array stretches{Stretch{0, new_file.size(), true}};
  const auto run = [&](Ending& matching, Ending& making) {
    DeltaSegments segments(old_file, {}, old_parts, new_parts, stretches, {19, kPredictedWindowLog},
                           {});
    Bytes new_bytes = new_file;
    segments.survey(0, new_bytes, std::ref(matching));
    segments.end_survey();
    new_bytes = new_file;
    segments.match(0, new_bytes, std::ref(matching));
    segments.end_matching();
    new_bytes = new_file;
    segments.make(0, new_bytes, std::ref(making));
  };
  Ending matched(~std::size_t{0});
  Ending made(~std::size_t{0});
  run(matched, made);
  for (const std::size_t at : some_of(matched.calls())) {
    Ending matching(at);
    Ending making(~std::size_t{0});
    BOOST_CHECK_EXCEPTION(run(matching, making), Error, test::is_cancelled);
    BOOST_TEST(making.calls() == 0u);
  }
  for (const std::size_t at : some_of(made.calls())) {
    Ending matching(~std::size_t{0});
    Ending making(at);
    BOOST_CHECK_EXCEPTION(run(matching, making), Error, test::is_cancelled);
    BOOST_TEST(making.calls() == at + 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
