#include "delta/encoder.hpp"

#include <algorithm>
#include <bit>
#include <deque>

#include "format.hpp"
#include "header.hpp"
#include "matcher.hpp"
#include "model/predicted_writer.hpp"
#include "ordered_work.hpp"
#include "parts.hpp"
#include "search/segment_search.hpp"
#include "segment.hpp"
#include "suffix_index.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

JoinedReader join(std::span<const Input> inputs) {
  std::vector<const RandomReader*> readers(inputs.size());
  std::ranges::transform(inputs, readers.begin(), &Input::bytes);
  return JoinedReader(readers);
}

std::vector<Part> parts_of(std::span<const Input> inputs) {
  std::vector<Part> parts;
  parts.reserve(inputs.size());
  for (const Input& input : inputs) parts.push_back({input.file, input.bytes->size()});
  return parts;
}

/// In their order, those that fit an image that can be sorted. What is left out costs size only.
std::vector<Input> fitting(std::span<const Input> old_parts) {
  std::vector<Input> kept;
  std::uint64_t left = SuffixIndex::kMaxImage;
  for (const Input& input : old_parts) {
    if (input.bytes->size() > left) continue;
    left -= input.bytes->size();
    kept.push_back(input);
  }
  return kept;
}

Bytes read_all(const RandomReader& reader) {
  Bytes bytes(static_cast<std::size_t>(reader.size()));
  reader.read_at(0, bytes);
  return bytes;
}

/// The smallest window that holds `size` bytes, within what our encoder uses.
int window_log_for(std::uint64_t size) {
  const int log = size < 2 ? 0 : static_cast<int>(std::bit_width(size - 1));
  return std::clamp(log, kMinWindowLog, kEncoderWindowLog);
}

/// A stretch of the new stream that one segment makes.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool is_predicted = false;  ///< has whole parts
};

/// How one segment is made from its bytes of the new stream; called from several threads.
using MakeSegment =
    std::function<Bytes(const Stretch&, Bytes& fresh, const Compression&, WorkState&)>;

/// What the two kinds of payload have in common: a header, and segments.
struct Plan {
  Header header;
  std::vector<Stretch> stretches;
  MakeSegment make;
};

void cut_plain(std::uint64_t begin, std::uint64_t end, std::uint64_t size,
               std::vector<Stretch>& out) {
  for (; begin < end; begin += size) out.push_back({begin, std::min(end, begin + size), false});
}

/// Parts go together until they are large enough, so that small ones are compressed together, and
/// not further, so that threads share the work. Those that are too large to predict are cut.
std::vector<Stretch> cut_parts(std::span<const Input> parts) {
  std::vector<Stretch> result;
  Stretch present{0, 0, true};
  const auto finish = [&] {
    if (present.begin < present.end) result.push_back(present);
    present.begin = present.end;
  };
  for (const Input& part : parts) {
    const std::uint64_t size = part.bytes->size();
    if (size > kMaxPredictedPart) {
      finish();
      cut_plain(present.end, present.end + size, kDeltaSegmentSize, result);
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

Encoded write_payload(Plan plan, const RandomReader& fresh, Sink& out, const EncodeOptions& options,
                      Observer& observer) {
  const std::uint64_t total = fresh.size();
  const bool is_predicted = std::ranges::any_of(plan.stretches, &Stretch::is_predicted);
  const Compression compression{options.level, window_log_for(longest(plan.stretches))};
  plan.header.memory = is_predicted ? kDeltaMemory : memory_for_window(compression.window_log);
  const Bytes header = write_header(plan.header);
  out.write(header);
  Encoded encoded{header.size(), header.size(), {}};

  // Readers and observer stay on this thread; the others get bytes.
  std::size_t next = 0;
  OrderedWork work(options.threads, total, observer);
  work.run(
      [&]() -> std::optional<Bytes> {
        if (next == plan.stretches.size()) return std::nullopt;
        const Stretch& stretch = plan.stretches[next++];
        Bytes bytes(static_cast<std::size_t>(stretch.end - stretch.begin));
        fresh.read_at(stretch.begin, bytes);
        return bytes;
      },
      [&](std::size_t number, Bytes& bytes, WorkState& state) {
        return plan.make(plan.stretches[number], bytes, compression, state);
      },
      [&](ByteView segment) {
        out.write(segment);
        encoded.size += segment.size();
        encoded.segment_sizes.push_back(segment.size());
      });
  return encoded;
}

/// Segments that copy from an old image.
class DeltaSegments {
 public:
  DeltaSegments(std::span<const Input> old_parts, std::span<const Part> new_parts, ByteView image)
      : image_(image), image_reader_(image), index_(image), new_parts_(new_parts) {
    std::size_t at = 0;
    for (const Input& part : old_parts) {
      const auto size = static_cast<std::size_t>(part.bytes->size());
      readers_.emplace_back(image.subspan(at, size));
      at += size;
    }
    for (const BufferReader& reader : readers_) old_parts_.push_back(&reader);
  }

  [[nodiscard]] Bytes make(const Stretch& stretch, Bytes& fresh, const Compression& compression,
                           WorkState& state) const {
    return stretch.is_predicted ? predicted(stretch, fresh, compression, state)
                                : plain(fresh, compression, state);
  }

 private:
  [[nodiscard]] Bytes predicted(const Stretch& stretch, Bytes& fresh,
                                const Compression& compression, WorkState& state) const {
    const SegmentPlace place{old_parts_, &image_reader_, new_parts_, stretch.begin, stretch.end};
    const SegmentPlan plan = search_segment(place, index_, fresh, SearchOptions{},
                                            [&](std::size_t size) { state.advance(size); });
    if (!fits(place, plan)) {
      fill_digests(place, plan, fresh);
      return plain(fresh, compression, state);
    }
    const Compression within{compression.level,
                             std::min(compression.window_log, kPredictedWindowLog)};
    return write_predicted_segment(place, plan, fresh, within,
                                   [&](std::size_t) { state.advance(0); });
  }
  /// Undoes what the search took out.
  static void fill_digests(const SegmentPlace& place, const SegmentPlan& plan, Bytes& fresh) {
    const std::vector<std::uint64_t> parts = borders(place.new_parts);
    for (const PairPlan& pair : plan.pairs) {
      PageDigestFilter(pair.page_digests)
          .pass(MutableByteView(fresh).subspan(
              static_cast<std::size_t>(parts[pair.new_part] - place.begin),
              static_cast<std::size_t>(place.new_parts[pair.new_part].size)));
    }
  }
  /// Whether a reader may make it: with the memory that the header states, in so many steps.
  static bool fits(const SegmentPlace& place, const SegmentPlan& plan) {
    MemoryCount needed;
    StepCount steps(place.end - place.begin);
    bool is_short = steps.take(plan.operations.size());
    needed.add_literals(true, 0);
    for (const PairPlan& pair : plan.pairs) {
      const RandomReader& old_part = *place.old_parts[pair.old_part];
      needed.add_pair(old_part.size(), read_program(old_part), pair);
      is_short = is_short && steps.take(mode_runs(pair.modes));
    }
    for (std::size_t i = 0; i < plan.operations.size(); ++i) needed.add_operation();
    return is_short && needed.fits(kDeltaMemory);
  }
  [[nodiscard]] Bytes plain(const Bytes& fresh, const Compression& compression,
                            WorkState& state) const {
    const std::vector<Operation> operations =
        find_operations(index_, fresh, [&](std::size_t size) { state.advance(size); });
    return write_segment(operations, image_, fresh, compression,
                         [&](std::size_t) { state.advance(0); });
  }

  ByteView image_;
  BufferReader image_reader_;
  SuffixIndex index_;
  std::deque<BufferReader> readers_;
  std::vector<const RandomReader*> old_parts_;
  std::span<const Part> new_parts_;
};

}  // namespace

Encoded encode_delta(const Blake2b& base_tree, std::span<const Input> old_parts,
                     const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                     const EncodeOptions& options, Observer& observer) {
  const std::vector<Input> used = fitting(old_parts);
  const Bytes image = read_all(join(used));
  if (observer.cancelled()) throw Error(Code::cancelled);  // the next occasion is after the sorting
  const std::vector<Part> parts = parts_of(new_parts);
  const DeltaSegments segments(used, parts, image);
  Plan plan;
  plan.header = {kMinorPredictedCopies, base_tree, tree, 0, parts_of(used), parts};
  plan.stretches = cut_parts(new_parts);
  plan.make = [&](const Stretch& stretch, Bytes& fresh, const Compression& compression,
                  WorkState& state) { return segments.make(stretch, fresh, compression, state); };
  return write_payload(std::move(plan), join(new_parts), out, options, observer);
}

Encoded encode_full(const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                    const EncodeOptions& options, Observer& observer) {
  Plan plan;
  plan.header = {kMinorPlainCopies, {}, tree, 0, {}, parts_of(new_parts)};
  cut_plain(0, total_size(plan.header.new_parts), kBlockSize, plan.stretches);
  plan.make = [](const Stretch&, const Bytes& fresh, const Compression& compression,
                 WorkState& state) {
    const std::array whole{Operation{fresh.size(), 0, 0}};
    return write_segment(whole, {}, fresh, compression,
                         [&](std::size_t size) { state.advance(size); });
  };
  return write_payload(std::move(plan), join(new_parts), out, options, observer);
}

}  // namespace xppkg::delta
