#include "ordered_segments.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "gathering_sink.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
/// Less would make threads wait for each other more than work.
constexpr std::uint64_t kLeastAhead = 4 * kMiB;
/// The output of a segment of our encoder, but for large parts: so a whole one can wait for its
/// turn.
constexpr std::uint64_t kMostAhead = 32 * kMiB;

void decode_gathered(const OrderedSegments::Decode& decode, const PlacedSegment& segment,
                     Sink& out) {
  GatheringSink gathered(out);
  decode(segment, gathered);
  gathered.flush();
}

}  // namespace

DecodeThreads plan_decode_threads(unsigned wanted, std::uint64_t memory,
                                  std::uint64_t memory_each) {
  if (wanted <= 1 || memory < kLeastAhead || memory_each > memory - kLeastAhead) return {};
  const std::uint64_t fit = memory / (memory_each + kLeastAhead);
  const auto count = static_cast<unsigned>(std::min<std::uint64_t>(wanted, fit));
  return {count, std::min(kMostAhead, memory / count - memory_each)};
}

/// The queue for a thread's output.
class OrderedSegments::Queue final : public Sink {
 public:
  Queue(OrderedSegments& segments, Work& work) : segments_(segments), work_(work) {}
  void write(ByteView bytes) override { segments_.put(work_, bytes); }

 private:
  OrderedSegments& segments_;
  Work& work_;
};

OrderedSegments::OrderedSegments(const DecodeThreads& threads, MakeDecode make_decode)
    : most_(threads), make_decode_(std::move(make_decode)) {}

OrderedSegments::~OrderedSegments() {
  {
    const std::lock_guard guard(mutex_);
    is_stopped_ = true;
  }
  has_work_.notify_all();
  for (Work& work : works_) work.has_room.notify_all();
  threads_.clear();  // waits for them
}

void OrderedSegments::run(SegmentSequence& segments, Sink& out) {
  const Decode decode_here = make_decode_();
  for (fill(segments); !works_.empty(); fill(segments)) {
    if (threads_.empty()) {
      decode_gathered(decode_here, works_.front().segment, out);
    } else {
      write(works_.front(), out);
    }
    const std::lock_guard guard(mutex_);
    works_.pop_front();
    if (claimed_ > 0) --claimed_;
  }
  if (end_error_) std::rethrow_exception(end_error_);
}

void OrderedSegments::fill(SegmentSequence& segments) {
  while (!is_end_read_ && works_.size() < std::max(most_.count, 1U)) {
    const std::optional<PlacedSegment> segment = find_next(segments);
    is_end_read_ = !segment;
    if (!segment) break;
    {
      const std::lock_guard guard(mutex_);
      works_.emplace_back(*segment);
    }
    has_work_.notify_one();
  }
  // One alone would only have this thread wait for it.
  if (works_.size() > 1) start_threads(std::min<std::size_t>(works_.size(), most_.count));
}

std::optional<PlacedSegment> OrderedSegments::find_next(SegmentSequence& segments) {
  try {
    return segments.next();
  } catch (...) {
    end_error_ = std::current_exception();
    return std::nullopt;
  }
}

void OrderedSegments::start_threads(std::size_t count) {
  try {
    while (threads_.size() < count) {
      threads_.push_back(
          std::async(std::launch::async, [this, decode = make_decode_()] { decode_all(decode); }));
    }
  } catch (const std::system_error&) {
    // The system has no more threads. Those that are there do, or this one.
    most_.count = static_cast<unsigned>(threads_.size());
  }
}

void OrderedSegments::write(Work& work, Sink& out) {
  while (const std::optional<Bytes> piece = take(work)) out.write(*piece);
}

std::optional<Bytes> OrderedSegments::take(Work& work) {
  std::unique_lock lock(mutex_);
  has_piece_.wait(lock, [&] { return !work.pieces.empty() || work.is_complete; });
  if (work.pieces.empty()) {
    if (work.error) std::rethrow_exception(work.error);
    return std::nullopt;
  }
  Bytes piece = std::move(work.pieces.front());
  work.pieces.pop_front();
  work.held -= piece.size();
  lock.unlock();
  work.has_room.notify_one();
  return piece;
}

void OrderedSegments::decode_all(const Decode& decode) {
  while (Work* work = claim()) {
    std::exception_ptr error;
    try {
      Queue queue(*this, *work);
      decode_gathered(decode, work->segment, queue);
    } catch (...) {
      error = std::current_exception();
    }
    complete(*work, std::move(error));
  }
}

OrderedSegments::Work* OrderedSegments::claim() {
  std::unique_lock lock(mutex_);
  has_work_.wait(lock, [&] { return is_stopped_ || claimed_ < works_.size(); });
  return is_stopped_ ? nullptr : &works_[claimed_++];
}

void OrderedSegments::put(Work& work, ByteView bytes) {
  Bytes piece(bytes.begin(), bytes.end());
  std::unique_lock lock(mutex_);
  work.has_room.wait(lock, [&] {
    return is_stopped_ || work.pieces.empty() || work.held + piece.size() <= most_.ahead;
  });
  if (is_stopped_) throw Error(Code::cancelled);
  work.held += piece.size();
  work.pieces.push_back(std::move(piece));
  lock.unlock();
  has_piece_.notify_one();
}

void OrderedSegments::complete(Work& work, std::exception_ptr error) {
  {
    const std::lock_guard guard(mutex_);
    work.error = std::move(error);
    work.is_complete = true;
  }
  has_piece_.notify_one();
}

}  // namespace xppkg::delta
