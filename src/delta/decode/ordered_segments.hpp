#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"
#include "segment_sequence.hpp"

namespace xppkg::delta {

/// The number of decoding threads, and how far each may be ahead of the writer.
struct DecodeThreads {
  unsigned count = 0;       ///< beside the calling one; 0: that does everything
  std::uint64_t ahead = 0;  ///< bytes that were made and not yet written, for each of them
};

/// `wanted` threads, or as many as `memory` allows if each takes `memory_each` and what it is
/// ahead. None if memory is short for even one, or no more than one is wanted.
DecodeThreads plan_decode_threads(unsigned wanted, std::uint64_t memory, std::uint64_t memory_each);

/// Decodes segments in a few threads and writes their output in order, so that neither the result
/// nor an error depends on the threads.
class OrderedSegments {
 public:
  /// Writes all that a segment makes. Is not called from two threads at once.
  using Decode = std::function<void(const PlacedSegment&, Sink&)>;
  /// Makes one for a thread.
  using MakeDecode = std::function<Decode()>;

  OrderedSegments(const DecodeThreads& threads, MakeDecode make_decode);
  ~OrderedSegments();
  OrderedSegments(const OrderedSegments&) = delete;
  OrderedSegments& operator=(const OrderedSegments&) = delete;

  /// Decodes all of `segments` to `out`, once. Both are used on this thread only. Throws their
  /// errors, and the error of the earliest segment that cannot be decoded, after the output before
  /// it was written.
  void run(SegmentSequence& segments, Sink& out);

 private:
  /// A segment that is being decoded, or waits for that or for being written.
  struct Work {
    explicit Work(const PlacedSegment& placed) : segment(placed) {}

    PlacedSegment segment;
    std::deque<Bytes> pieces;  // made, and not yet written
    std::uint64_t held = 0;    // bytes of them
    bool is_complete = false;
    std::exception_ptr error;
    std::condition_variable has_room;
  };
  class Queue;

  void fill(SegmentSequence& segments);
  std::optional<PlacedSegment> find_next(SegmentSequence& segments);
  void start_threads(std::size_t count);
  void write(Work& work, Sink& out);
  std::optional<Bytes> take(Work& work);
  // In the threads:
  void decode_all(const Decode& decode);
  Work* claim();
  void put(Work& work, ByteView bytes);
  void complete(Work& work, std::exception_ptr error);

  DecodeThreads most_;
  MakeDecode make_decode_;
  bool is_end_read_ = false;
  std::exception_ptr end_error_;  // of the sequence, for when all before it is written

  std::mutex mutex_;         // for what follows, and what works hold
  std::deque<Work> works_;   // in the order of the segments; only the calling thread changes it
  std::size_t claimed_ = 0;  // of them, by threads
  bool is_stopped_ = false;
  std::condition_variable has_work_;
  std::condition_variable has_piece_;

  std::vector<std::future<void>> threads_;
};

}  // namespace xppkg::delta
