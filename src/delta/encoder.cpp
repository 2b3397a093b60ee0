#include "delta/encoder.hpp"

#include <algorithm>
#include <bit>

#include "format.hpp"
#include "header.hpp"
#include "matcher.hpp"
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

/// How one segment is made from its bytes of the new stream; called from several threads.
using MakeSegment = std::function<Bytes(ByteView fresh, const Compression&, WorkState&)>;

/// What the two kinds of payload have in common: a header, and segments of equal output.
struct Plan {
  Header header;
  std::uint64_t segment_size = 0;
  MakeSegment make;
};

Encoded write_payload(Plan plan, const RandomReader& fresh, Sink& out, const EncodeOptions& options,
                      Observer& observer) {
  const std::uint64_t total = fresh.size();
  const Compression compression{options.level, window_log_for(std::min(total, plan.segment_size))};
  plan.header.memory = memory_for_window(compression.window_log);
  const Bytes header = write_header(plan.header);
  out.write(header);
  Encoded encoded{header.size(), header.size(), {}};

  // Readers and observer stay on this thread; the others get bytes.
  std::uint64_t at = 0;
  OrderedWork work(options.threads, total, observer);
  work.run(
      [&]() -> std::optional<Bytes> {
        if (at == total) return std::nullopt;
        Bytes bytes(static_cast<std::size_t>(std::min(plan.segment_size, total - at)));
        fresh.read_at(at, bytes);
        at += bytes.size();
        return bytes;
      },
      [&](ByteView bytes, WorkState& state) { return plan.make(bytes, compression, state); },
      [&](ByteView segment) {
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
  const SuffixIndex index(image);
  Plan plan;
  plan.header = {base_tree, tree, 0, parts_of(used), parts_of(new_parts)};
  plan.segment_size = kDeltaSegmentSize;
  plan.make = [&](ByteView fresh, const Compression& compression, WorkState& state) {
    const std::vector<Operation> operations =
        find_operations(index, fresh, [&](std::size_t size) { state.advance(size); });
    return write_segment(operations, image, fresh, compression,
                         [&](std::size_t) { state.advance(0); });
  };
  return write_payload(std::move(plan), join(new_parts), out, options, observer);
}

Encoded encode_full(const Blake2b& tree, std::span<const Input> new_parts, Sink& out,
                    const EncodeOptions& options, Observer& observer) {
  Plan plan;
  plan.header = {{}, tree, 0, {}, parts_of(new_parts)};
  plan.segment_size = kBlockSize;
  plan.make = [](ByteView fresh, const Compression& compression, WorkState& state) {
    const std::array whole{Operation{fresh.size(), 0, 0}};
    return write_segment(whole, {}, fresh, compression,
                         [&](std::size_t size) { state.advance(size); });
  };
  return write_payload(std::move(plan), join(new_parts), out, options, observer);
}

}  // namespace xppkg::delta
