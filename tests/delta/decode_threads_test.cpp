// Segments that are decoded by several threads: the same bytes, the same errors, bounded memory.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include "delta/decode/ordered_segments.hpp"
#include "delta/outline.hpp"
#include "linked_programs.hpp"
#include "observers.hpp"
#include "payloads.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

using test::Files;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr unsigned kThreads[] = {1, 2, 5};

/// How many threads are alive that have read.
std::atomic<int> living = 0;
struct Living {
  Living() { ++living; }
  ~Living() { --living; }
};

/// An old file whose bytes tell their places; it knows who reads it.
class WatchedFile final : public RandomReader {
 public:
  explicit WatchedFile(std::uint64_t size) : size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    thread_local const Living alive;
    for (std::uint8_t& byte : out) byte = byte_at(offset++);
    const std::lock_guard guard(mutex_);
    readers_.insert(std::this_thread::get_id());
    read_ += out.size();
    changed_.notify_all();
  }

  static std::uint8_t byte_at(std::uint64_t offset) {
    return static_cast<std::uint8_t>(offset * 0x9e3779b97f4a7c15u >> 56);
  }
  [[nodiscard]] std::set<std::thread::id> readers() const {
    const std::lock_guard guard(mutex_);
    return readers_;
  }
  /// How many bytes.
  [[nodiscard]] std::uint64_t read() const {
    const std::lock_guard guard(mutex_);
    return read_;
  }
  void wait_for_bytes(std::uint64_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return read_ >= count; });
  }
  void wait_for_readers(std::size_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return readers_.size() >= count; });
  }

 private:
  std::uint64_t size_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::set<std::thread::id> readers_;
  mutable std::uint64_t read_ = 0;
};

/// Takes everything, keeps nothing, and calls a function before each write.
class CallingSink final : public PartSink {
 public:
  explicit CallingSink(std::function<void()> call = {}) : call_(std::move(call)) {}
  void begin(const Part& /*part*/) override {}
  void write(ByteView bytes) override {
    if (call_) call_();
    for (const std::uint8_t byte : bytes) is_right_ &= byte == WatchedFile::byte_at(taken_++);
  }
  void end() override {}
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  /// Whether it took the bytes of a WatchedFile, from the first on.
  [[nodiscard]] bool is_right() const { return is_right_; }

 private:
  std::function<void()> call_;
  std::uint64_t taken_ = 0;
  bool is_right_ = true;
};

/// Segments that copy an old file piece by piece.
test::RawPayload copying_payload(std::size_t segments, std::uint64_t segment_size) {
  test::RawPayload payload;
  payload.base_tree.bytes[0] = 1;
  payload.old_parts = {{0, segments * segment_size}};
  payload.new_parts = payload.old_parts;
  for (std::size_t i = 0; i < segments; ++i) {
    test::RawSegment segment;
    segment.output = segment_size;
    segment.streams[0] = test::frame(test::varints({0, segment_size, 2 * i * segment_size}));
    payload.segments.push_back(segment);
  }
  return payload;
}

/// All segments of a payload, as they lie in it.
Bytes segments_of(const Bytes& payload) {
  const std::uint64_t header = Decoder(BufferReader(payload)).pieces().front();
  return {payload.begin() + static_cast<std::ptrdiff_t>(header), payload.end()};
}

void append_part(std::vector<Part>& parts, std::uint64_t size) {
  parts.push_back({static_cast<std::uint32_t>(parts.size()), size});
}

/// It makes what it says, and then has one byte too much: that is found at its end.
void spoil_end(test::RawSegment& segment) {
  segment.streams[3] = test::frame(to_bytes("x"));
}
/// It can be found before anything is made.
void spoil_begin(test::RawSegment& segment) {
  segment.streams[0] = to_bytes("no frame");
}
void spoil_header(test::RawSegment& segment) {
  segment.stated_lengths[0] = std::numeric_limits<std::uint64_t>::max();
}

/// The error that decoding ends with, if any, and how many bytes were written until then.
std::pair<std::string, std::uint64_t> outcome(const test::RawPayload& payload, unsigned threads,
                                              Observer&& observer = Observer()) {
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  const WatchedFile old_file(payload.old_parts[0].size);
  const RandomReader* old_part = &old_file;
  CallingSink sink;
  std::string error;
  try {
    Decoder(reader).decode(std::span(&old_part, 1), sink, observer, threads);
  } catch (const Error& thrown) {
    error = thrown.what();
  }
  BOOST_TEST(sink.is_right());
  return {error, sink.taken()};
}

/// Limits that allow for so many threads, each 4 MiB ahead.
DecodeLimits limits_for(std::uint64_t threads, const test::RawPayload& payload) {
  DecodeLimits limits;
  limits.memory = threads * (payload.memory + 4 * kMiB);
  return limits;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_decode_threads)

BOOST_AUTO_TEST_CASE(predicted_and_plain_segments_come_back_with_any_number_of_threads) {
  constexpr std::size_t kPairs = 4;
  const test::Source source = test::make_source(1, 50);
  const Files old_files{link(source, test::Target::pe_x86_64)};
  Files new_files;
  for (std::uint32_t i = 0; i < kPairs; ++i) {
    new_files.push_back(old_files[0]);
    new_files.push_back(link(changed(source, i + 1), test::Target::pe_x86_64));
  }
  test::RawPayload payload;
  payload.minor = kNewestMinor;
  payload.memory = kDeltaMemory / 2;
  payload.base_tree.bytes[0] = 1;
  for (const Bytes& file : old_files) append_part(payload.old_parts, file.size());
  for (const Bytes& file : new_files) append_part(payload.new_parts, file.size());
  for (std::size_t i = 1; i < new_files.size(); i += 2) {
    // Its predicted segment, made by itself, says which part it makes, but not where that begins.
    Files one(new_files.size());
    one[i] = new_files[i];
    for (const Bytes& segments : {segments_of(copying_payload(1, old_files[0].size()).bytes()),
                                  segments_of(test::make_delta(old_files, one))}) {
      payload.tail.insert(payload.tail.end(), segments.begin(), segments.end());
    }
  }
  const Bytes bytes = payload.bytes();
  const std::vector<OutlinedSegment> segments = read_outline(BufferReader(bytes)).segments;
  BOOST_TEST(std::ranges::count_if(segments, &OutlinedSegment::is_predicted) == kPairs);
  BOOST_TEST(segments.size() == 2 * kPairs);
  for (const unsigned threads : kThreads) {
    BOOST_TEST((test::decode(bytes, old_files, {}, threads) == new_files));
  }
}

BOOST_AUTO_TEST_CASE(hundreds_of_small_segments_come_in_their_order) {
  const test::RawPayload payload = copying_payload(500, 77);
  for (const unsigned threads : kThreads) {
    BOOST_TEST((outcome(payload, threads) == std::pair(std::string(), payload.old_parts[0].size)));
  }
}

BOOST_AUTO_TEST_CASE(a_full_package_and_an_empty_one_come_back_with_any_number_of_threads) {
  Bytes three_blocks(2 * kBlockSize + 1);
  for (std::size_t i = 0; i < three_blocks.size(); ++i) {
    three_blocks[i] = static_cast<std::uint8_t>(i >> 16);
  }
  for (const Files& files : {Files{three_blocks, {}}, Files{{}}, Files{}}) {
    const Bytes payload = test::make_full(files);
    for (const unsigned threads : kThreads) {
      BOOST_TEST((test::decode(payload, {}, {}, threads) == files));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_earliest_error_is_thrown_after_what_comes_before_it_was_written) {
  constexpr std::uint64_t kSize = 4 * 64 * 1024;
  const std::array spoils{spoil_end, spoil_begin, spoil_header};
  for (const auto& spoil : spoils) {
    for (const auto& spoil_later : spoils) {
      test::RawPayload payload = copying_payload(6, kSize);
      spoil(payload.segments[2]);
      const auto expected = outcome(payload, 1);
      BOOST_TEST(expected.first != "");
      BOOST_TEST(expected.second == (spoil == spoil_end ? 3 : 2) * kSize);
      for (const std::size_t later : {3u, 5u}) {
        test::RawPayload both = payload;
        spoil_later(both.segments[later]);
        both.tail = {0};
        for (const unsigned threads : kThreads) {
          BOOST_TEST((outcome(both, threads) == expected));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_last_segment_are_found_when_all_is_written) {
  test::RawPayload payload = copying_payload(3, kMiB);
  payload.tail = {0};
  const auto expected = outcome(payload, 1);
  BOOST_TEST(expected.first != "");
  BOOST_TEST(expected.second == 3 * kMiB);
  for (const unsigned threads : kThreads) BOOST_TEST((outcome(payload, threads) == expected));
}

BOOST_AUTO_TEST_CASE(cancelling_ends_all_threads) {
  const test::RawPayload payload = copying_payload(8, 16 * kMiB);
  const std::string cancelled = Error(Code::cancelled).what();
  const int before = living;
  for (const unsigned threads : {2u, 5u}) {
    for (const int calls : {1, 2, 20}) {
      const auto found = outcome(payload, threads, test::CancelAfter(calls));
      BOOST_TEST(found.first == cancelled);
      BOOST_TEST(found.second == static_cast<std::uint64_t>(calls) * 2 * kMiB);
      BOOST_TEST(living == before);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sink_that_fails_ends_all_threads_and_its_error_is_what_is_thrown) {
  struct Failure {};
  test::RawPayload payload = copying_payload(8, 8 * kMiB);
  spoil_begin(payload.segments[3]);
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  const int before = living;
  for (const unsigned threads : {2u, 5u}) {
    const DecodeLimits limits = limits_for(threads, payload);
    const WatchedFile old_file(payload.old_parts[0].size);
    const RandomReader* old_part = &old_file;
    // By then the threads wait, as what they made is not written.
    CallingSink sink([&] {
      old_file.wait_for_readers(2);
      throw Failure();
    });
    Observer observer;
    BOOST_CHECK_THROW(
        Decoder(reader, limits).decode(std::span(&old_part, 1), sink, observer, threads), Failure);
    BOOST_TEST(living == before);
  }
}

BOOST_AUTO_TEST_CASE(no_more_threads_work_than_the_memory_allows_for) {
  const test::RawPayload payload = copying_payload(6, 8 * kMiB);
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  const std::thread::id here = std::this_thread::get_id();
  for (const std::size_t allowed : {0u, 1u, 2u}) {
    DecodeLimits limits = limits_for(allowed, payload);
    limits.memory = std::max(limits.memory, payload.memory);
    const WatchedFile old_file(payload.old_parts[0].size);
    const RandomReader* old_part = &old_file;
    CallingSink sink([&] { old_file.wait_for_readers(std::max<std::size_t>(allowed, 1)); });
    Observer observer;
    Decoder(reader, limits).decode(std::span(&old_part, 1), sink, observer, 8);
    BOOST_TEST(sink.is_right());
    BOOST_TEST(old_file.readers().size() == std::max<std::size_t>(allowed, 1));
    BOOST_TEST(old_file.readers().contains(here) == (allowed <= 1));
  }
}

BOOST_AUTO_TEST_CASE(a_segment_that_is_the_only_one_needs_no_thread) {
  const test::RawPayload payload = copying_payload(1, kMiB);
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  const WatchedFile old_file(payload.old_parts[0].size);
  const RandomReader* old_part = &old_file;
  CallingSink sink([] {});
  Observer observer;
  Decoder(reader).decode(std::span(&old_part, 1), sink, observer, 8);
  BOOST_TEST(sink.is_right());
  BOOST_TEST((old_file.readers() == std::set{std::this_thread::get_id()}));
}

BOOST_AUTO_TEST_CASE(one_thread_is_the_calling_one) {
  const test::RawPayload payload = copying_payload(3, kMiB);
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  for (const unsigned threads : {0u, 1u}) {
    const WatchedFile old_file(payload.old_parts[0].size);
    const RandomReader* old_part = &old_file;
    CallingSink sink;
    Observer observer;
    Decoder(reader).decode(std::span(&old_part, 1), sink, observer, threads);
    BOOST_TEST((old_file.readers() == std::set{std::this_thread::get_id()}));
  }
}

BOOST_AUTO_TEST_CASE(the_threads_and_what_they_are_ahead_fit_the_memory) {
  for (const std::uint64_t memory : {1u, 50u, 100u, 256u, 2000u}) {
    for (const std::uint64_t each : {1u, 19u, 41u, 61u, 128u, 252u, 256u}) {
      for (const unsigned wanted : {0u, 1u, 2u, 4u, 100u}) {
        const DecodeThreads made = plan_decode_threads(wanted, memory * kMiB, each * kMiB);
        BOOST_TEST((made.count == 0 || (made.count <= wanted && wanted > 1)));
        BOOST_TEST(made.count * (each * kMiB + made.ahead) <= memory * kMiB);
        if (made.count > 0) BOOST_TEST((made.ahead >= 4 * kMiB && made.ahead <= 32 * kMiB));
      }
    }
  }
  BOOST_TEST(plan_decode_threads(4, 256 * kMiB, 41 * kMiB).count == 4u);
  BOOST_TEST(plan_decode_threads(4, 256 * kMiB, 128 * kMiB).count == 1u);
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(plan_decode_threads(4, kAll, kAll - 1).count == 0u);
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_slow_sink_is_bounded) {
  constexpr std::uint64_t kSize = 16 * kMiB;
  constexpr std::uint64_t kAhead = 4 * kMiB;
  constexpr std::uint64_t kPieces = 2 * 64 * 1024;  // that are being made or written
  const test::RawPayload payload = copying_payload(6, kSize);
  const Bytes bytes = payload.bytes();
  const BufferReader reader(bytes);
  const WatchedFile old_file(payload.old_parts[0].size);
  const RandomReader* old_part = &old_file;
  std::uint64_t most = 0;
  CallingSink sink([&] {
    // Both threads have made what they may.
    const std::uint64_t left = payload.old_parts[0].size - sink.taken();
    old_file.wait_for_bytes(sink.taken() + std::min(left, kAhead));
    most = std::max(most, old_file.read() - sink.taken());
  });
  Observer observer;
  Decoder(reader, limits_for(2, payload)).decode(std::span(&old_part, 1), sink, observer, 2);
  BOOST_TEST(sink.is_right());
  BOOST_TEST(most > kAhead);
  BOOST_TEST(most <= 2 * (kAhead + kPieces));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
