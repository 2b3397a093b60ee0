#include "delta/encoder.hpp"

#include <algorithm>
#include <bit>

#include "delta_segments.hpp"
#include "format.hpp"
#include "header.hpp"
#include "ordered_work.hpp"
#include "parts.hpp"
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

/// Loads stretch by stretch on the calling thread; the other threads get bytes.
OrderedWork::Load loader(std::span<const Stretch> stretches, const RandomReader& fresh) {
  return [stretches, &fresh, next = std::size_t{0}]() mutable -> std::optional<Bytes> {
    if (next == stretches.size()) return std::nullopt;
    const Stretch& stretch = stretches[next++];
    Bytes bytes(static_cast<std::size_t>(stretch.end - stretch.begin));
    fresh.read_at(stretch.begin, bytes);
    return bytes;
  };
}

Encoded write_full(const Header& header, std::span<const Stretch> stretches,
                   const RandomReader& fresh, Sink& out, const EncodeOptions& options,
                   Observer& observer) {
  const Compression compression{options.level, window_log_for(longest(stretches))};
  const Bytes bytes = write_header(header);
  out.write(bytes);
  Encoded encoded{bytes.size(), bytes.size(), {}};
  OrderedWork work(options.threads, fresh.size(), observer);
  work.run(
      loader(stretches, fresh),
      [&](std::size_t, Bytes& piece, WorkState& state) {
        const std::array whole{Operation{piece.size(), 0, 0}};
        return write_segment(whole, {}, piece, compression,
                             [&](std::size_t size) { state.advance(size); });
      },
      [&](const Bytes& segment) {
        out.write(segment);
        encoded.size += segment.size();
        encoded.segment_sizes.push_back(segment.size());
      });
  return encoded;
}

}  // namespace

Encoded encode_delta(const Blake2b& base_tree, std::span<const Input> old_parts,
                     const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                     const EncodeOptions& options, Observer& observer) {
  const std::vector<Input> used = fitting(old_parts);
  const Bytes image = read_all(join(used));
  if (observer.cancelled()) throw Error(Code::cancelled);  // the next occasion is after the sorting
  Header header{kMinorPlainCopies, base_tree, tree, 0, parts_of(used), parts_of(new_parts)};
  const JoinedReader fresh = join(new_parts);
  const std::vector<Stretch> stretches = cut_parts(new_parts);
  DeltaSegments segments(image, header.old_parts, header.new_parts, stretches,
                         {options.level, window_log_for(longest(stretches))},
                         options.effort == Effort::fast ? SearchOptions{0} : SearchOptions{});

  // Three times over the new stream: the index of the old bytes is made when it is known where they
  // need no search, and is not in memory while the rest is done.
  const auto nothing = [](const Bytes&) {};
  OrderedWork surveying(options.threads, 3 * fresh.size(), observer);
  surveying.run(
      loader(stretches, fresh),
      [&](std::size_t number, Bytes& bytes, WorkState& state) {
        segments.survey(number, bytes, [&](std::size_t size) { state.advance(size); });
        return Bytes();
      },
      nothing);
  segments.end_survey();
  OrderedWork matching(options.threads, 3 * fresh.size(), observer, fresh.size());
  matching.run(
      loader(stretches, fresh),
      [&](std::size_t number, Bytes& bytes, WorkState& state) {
        segments.match(number, bytes, [&](std::size_t size) { state.advance(size); });
        return Bytes();
      },
      nothing);
  segments.end_matching();
  std::vector<Bytes> made;
  OrderedWork making(options.threads, 3 * fresh.size(), observer, 2 * fresh.size());
  making.run(
      loader(stretches, fresh),
      [&](std::size_t number, Bytes& bytes, WorkState& state) {
        return segments.make(number, bytes, [&](std::size_t size) { state.advance(size); });
      },
      [&](Bytes segment) { made.push_back(std::move(segment)); });

  header.minor = segments.minor();
  header.memory = segments.memory();
  const Bytes bytes = write_header(header);
  out.write(bytes);
  Encoded encoded{bytes.size(), bytes.size(), {}};
  for (const Bytes& segment : made) {
    out.write(segment);
    encoded.size += segment.size();
    encoded.segment_sizes.push_back(segment.size());
  }
  return encoded;
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
