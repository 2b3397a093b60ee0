#include "delta/encoder.hpp"

#include <algorithm>
#include <bit>
#include <deque>

#include "delta_segments.hpp"
#include "locked_reader.hpp"
#include "memory_plan.hpp"
#include "ordered_work.hpp"
#include "wire/format.hpp"
#include "wire/header.hpp"
#include "wire/joined_reader.hpp"
#include "write/plain_writer.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

std::vector<const RandomReader*> readers_of(std::span<const Input> inputs) {
  std::vector<const RandomReader*> readers(inputs.size());
  std::ranges::transform(inputs, readers.begin(), &Input::bytes);
  return readers;
}

JoinedReader join(std::span<const Input> inputs) {
  return JoinedReader(readers_of(inputs));
}

std::vector<Part> parts_of(std::span<const Input> inputs) {
  std::vector<Part> parts;
  parts.reserve(inputs.size());
  for (const Input& input : inputs) parts.push_back({input.file, input.bytes->size()});
  return parts;
}

void check_cancelled(Observer& observer) {
  if (observer.cancelled()) throw Error(Code::cancelled);
}

Bytes read_all(const RandomReader& reader, Observer& observer) {
  constexpr std::size_t kPiece = 16 * 1024 * 1024;
  Bytes bytes(static_cast<std::size_t>(reader.size()));
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    check_cancelled(observer);
    const std::size_t size = std::min(kPiece, bytes.size() - at);
    reader.read_at(at, MutableByteView(bytes).subspan(at, size));
  }
  check_cancelled(observer);
  return bytes;
}

/// The smallest window that holds `size` bytes, within what our encoder uses.
int window_log_for(std::uint64_t size) {
  const int log = size < 2 ? 0 : static_cast<int>(std::bit_width(size - 1));
  return std::clamp(log, kMinWindowLog, kEncoderWindowLog);
}

void cut_plain(std::uint64_t begin, std::uint64_t end, std::uint64_t size,
               std::vector<Stretch>& out) {
  for (; begin < end; begin += size) out.push_back({begin, std::min(end, begin + size), false});
}

/// Parts go together until they are large enough, so that small ones are compressed together, and
/// not further, so that threads share the work. Those that are too large to predict are cut.
std::vector<Stretch> cut_parts(std::span<const Input> parts, const MemoryPlan& plan) {
  std::vector<Stretch> result;
  if (plan.largest_predicted == 0) {
    cut_plain(0, total_size(parts_of(parts)), plan.stretch, result);
    return result;
  }
  Stretch present{0, 0, true};
  const auto finish = [&] {
    if (present.begin < present.end) result.push_back(present);
    present.begin = present.end;
  };
  for (const Input& part : parts) {
    const std::uint64_t size = part.bytes->size();
    if (size > plan.largest_predicted) {
      finish();
      cut_plain(present.end, present.end + size, plan.stretch, result);
      present.begin = present.end += size;
      continue;
    }
    if (present.end - present.begin + size > kPredictedSegmentSize) finish();
    present.end += size;
  }
  finish();
  return result;
}

std::uint64_t longest(std::span<const Stretch> stretches) {
  std::uint64_t size = 0;
  for (const Stretch& stretch : stretches) size = std::max(size, stretch.end - stretch.begin);
  return size;
}

/// Loads stretch by stretch on the calling thread; the other threads get bytes, none of those that
/// are to be predicted only.
OrderedWork::Load loader(std::span<const Stretch> stretches, const RandomReader& new_file,
                         bool is_predicted_only = false) {
  return [stretches, &new_file, is_predicted_only,
          next = std::size_t{0}]() mutable -> std::optional<Bytes> {
    if (next == stretches.size()) return std::nullopt;
    const Stretch& stretch = stretches[next++];
    if (is_predicted_only && !stretch.is_predicted) return Bytes();
    Bytes bytes(static_cast<std::size_t>(stretch.end - stretch.begin));
    new_file.read_at(stretch.begin, bytes);
    return bytes;
  };
}

Encoded write_full(const Header& header, std::span<const Stretch> stretches,
                   const RandomReader& new_file, Sink& out, const EncodeOptions& options,
                   Observer& observer) {
  const Compression compression{options.level, window_log_for(longest(stretches))};
  const Bytes bytes = write_header(header);
  out.write(bytes);
  Encoded encoded{bytes.size(), bytes.size(), {}};
  OrderedWork work(options.threads, new_file.size(), observer);
  work.run(
      loader(stretches, new_file),
      [&](std::size_t, Bytes& piece, WorkState& state) {
        const std::array whole{Operation{piece.size(), 0, 0}};
        return write_segment(whole, nullptr, piece, compression,
                             [&](std::size_t size) { state.advance(size); });
      },
      [&](const Bytes& segment) {
        out.write(segment);
        encoded.size += segment.size();
        encoded.segment_sizes.push_back(segment.size());
      });
  return encoded;
}

/// Inputs that threads may read.
class LockedInputs {
 public:
  LockedInputs(std::span<const Input> old_parts, std::span<const Input> new_parts) {
    for (const Input& input : old_parts) old_parts_.push_back(locked(input));
    for (const Input& input : new_parts) new_parts_.push_back(locked(input));
  }
  [[nodiscard]] std::span<const Input> old_parts() const { return old_parts_; }
  [[nodiscard]] std::span<const Input> new_parts() const { return new_parts_; }

 private:
  Input locked(const Input& input) {
    return {input.file, &readers_.emplace_back(*input.bytes, lock_), input.is_spare};
  }

  std::mutex lock_;
  std::deque<LockedReader> readers_;
  std::vector<Input> old_parts_;
  std::vector<Input> new_parts_;
};

/// Writes a delta in three times over the new stream: the index of the old bytes is made when it is
/// known where they need no search, and is not in memory while the rest is done.
class DeltaEncoder {
 public:
  DeltaEncoder(const MemoryPlan& plan, std::span<const Input> new_parts, Header header,
               const EncodeOptions& options, Observer& observer)
      : plan_(plan),
        header_(with_old_parts(std::move(header), plan)),
        new_file_(join(new_parts)),
        stretches_(cut_parts(new_parts, plan)),
        window_log_(window_log_for(longest(stretches_))),
        remote_(readers_of(plan.remote)),
        segments_(read_all(join(plan.resident), observer), remote_, header_.old_parts,
                  header_.new_parts, stretches_, {options.level, window_log_},
                  options.effort == Effort::fast ? SearchOptions{0} : SearchOptions{}),
        observer_(observer) {}

  Encoded run(Sink& out) {
    const bool any_predicted = std::ranges::any_of(stretches_, &Stretch::is_predicted);
    if (!std::ranges::all_of(stretches_, &Stretch::is_predicted)) {
      segments_.sample(plan_.sampling, [&] { check_cancelled(observer_); });
    }
    if (any_predicted) find();
    drop_unused_parts();
    // Without prediction, the memory of a reader is known before anything is made.
    if (!any_predicted) header_.memory = memory_for_window(window_log_);
    if (!any_predicted) write_header_to(out);
    std::vector<Bytes> segments;
    make([&](Bytes segment) {
      if (any_predicted)
        segments.push_back(std::move(segment));
      else
        write_to(out, segment);
    });
    if (!any_predicted) return encoded_;
    header_.minor = segments_.minor();
    header_.memory = segments_.memory();
    write_header_to(out);
    for (const Bytes& segment : segments) write_to(out, segment);
    return encoded_;
  }

 private:
  static Header with_old_parts(Header header, const MemoryPlan& plan) {
    header.old_parts = parts_of(plan.resident);
    const std::vector<Part> remote = parts_of(plan.remote);
    header.old_parts.insert(header.old_parts.end(), remote.begin(), remote.end());
    check_parts(header);
    return header;
  }

  void find() {
    go_over(0, [&](std::size_t number, Bytes& bytes, const DeltaSegments::Advanced& advanced) {
      segments_.survey(number, bytes, advanced);
    });
    segments_.end_survey();
    go_over(1, [&](std::size_t number, Bytes& bytes, const DeltaSegments::Advanced& advanced) {
      segments_.match(number, bytes, advanced);
    });
    segments_.end_matching();
  }

  /// A header lists no spare old parts that nothing is copied from. Where it is not known before
  /// the segments are made what is, it lists all.
  void drop_unused_parts() {
    if (!remote_.empty() || !std::ranges::all_of(stretches_, &Stretch::is_predicted)) return;
    std::vector<bool> used;
    for (const Input& part : plan_.resident) used.push_back(!part.is_spare);
    segments_.drop_unused_parts(used);
    std::vector<Part> parts;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i]) parts.push_back(header_.old_parts[i]);
    }
    header_.old_parts = std::move(parts);
  }

  /// Does a step for each stretch that is to be predicted, after `steps` steps.
  template <typename Step>
  void go_over(unsigned steps, const Step& step) {
    OrderedWork work(plan_.threads, kSteps * new_file_.size(), observer_, steps * new_file_.size());
    work.run(
        loader(stretches_, new_file_, true),
        [&](std::size_t number, Bytes& bytes, WorkState& state) {
          if (!stretches_[number].is_predicted) return Bytes();
          step(number, bytes, [&](std::size_t size) { state.advance(size); });
          return Bytes();
        },
        [](const Bytes&) {});
  }

  void make(const OrderedWork::Take& take) {
    OrderedWork work(plan_.threads, kSteps * new_file_.size(), observer_,
                     (kSteps - 1) * new_file_.size());
    work.run(
        loader(stretches_, new_file_),
        [&](std::size_t number, Bytes& bytes, WorkState& state) {
          return segments_.make(number, bytes, [&](std::size_t size) { state.advance(size); });
        },
        take);
  }

  void write_header_to(Sink& out) {
    const Bytes bytes = write_header(header_);
    out.write(bytes);
    encoded_ = {bytes.size(), bytes.size(), {}};
  }
  void write_to(Sink& out, const Bytes& segment) {
    out.write(segment);
    encoded_.size += segment.size();
    encoded_.segment_sizes.push_back(segment.size());
  }

  static constexpr unsigned kSteps = 3;
  const MemoryPlan& plan_;
  Header header_;
  JoinedReader new_file_;
  std::vector<Stretch> stretches_;
  int window_log_;
  std::vector<const RandomReader*> remote_;
  DeltaSegments segments_;
  Observer& observer_;
  Encoded encoded_;
};

}  // namespace

Encoded encode_delta(const Blake2b& base_tree, std::span<const Input> old_parts,
                     const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                     const EncodeOptions& options, Observer& observer) {
  LockedInputs inputs(old_parts, new_parts);
  const MemoryPlan plan = plan_memory(inputs.old_parts(), inputs.new_parts(), options);
  Header header{kMinorPlainCopies, base_tree, tree, 0, {}, parts_of(new_parts)};
  return DeltaEncoder(plan, inputs.new_parts(), std::move(header), options, observer).run(out);
}

Encoded encode_full(const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                    const EncodeOptions& options, Observer& observer) {
  Header header{kMinorPlainCopies, {}, tree, 0, {}, parts_of(new_parts)};
  std::vector<Stretch> stretches;
  cut_plain(0, total_size(header.new_parts), kBlockSize, stretches);
  header.memory = memory_for_window(window_log_for(longest(stretches)));
  return write_full(header, stretches, join(new_parts), out, options, observer);
}

}  // namespace xppkg::delta
