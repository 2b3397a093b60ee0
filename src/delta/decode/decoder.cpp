#include "delta/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "ordered_segments.hpp"
#include "part_splitter.hpp"
#include "predicted_reader.hpp"
#include "segment_decoder.hpp"
#include "segment_sequence.hpp"
#include "wire/format.hpp"
#include "wire/header.hpp"
#include "wire/joined_reader.hpp"
#include "wire/watched_sink.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

// DELTA §8.5
void check_base(std::span<const Part> wanted, std::span<const RandomReader* const> given) {
  if (wanted.size() != given.size()) {
    throw Error(Code::mismatch_base, {{"expected parts", fmt::to_string(wanted.size())},
                                      {"actual parts", fmt::to_string(given.size())}});
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (given[i]->size() == wanted[i].size) continue;
    throw Error(Code::mismatch_base, {{"file", fmt::to_string(wanted[i].file)},
                                      {"expected size", fmt::to_string(wanted[i].size)},
                                      {"actual size", fmt::to_string(given[i]->size())}});
  }
}

/// Decodes segments one after the other.
class SegmentMaker {
 public:
  /// All must outlive this. `image` is the old parts as one.
  SegmentMaker(const RandomReader& payload, const Header& header,
               std::span<const RandomReader* const> old_parts, const RandomReader& image)
      : payload_(payload), header_(header), old_parts_(old_parts), image_(image) {}

  void make(const PlacedSegment& segment, Sink& out) {
    const std::uint64_t begin = segment.begin;
    if (segment.header.is_predicted) {
      plain_.reset();  // its windows and the models together would take more than the header states
      const SegmentPlace place{old_parts_, &image_, header_.new_parts, begin,
                               begin + segment.header.output};
      read_predicted_segment(payload_, segment.offset, segment.header, place, header_.memory, out);
    } else {
      if (!plain_) plain_.emplace(payload_, image_, window_log_for_memory(header_.memory));
      plain_->decode(segment.offset, segment.header, out);
    }
  }

 private:
  const RandomReader& payload_;
  const Header& header_;
  std::span<const RandomReader* const> old_parts_;
  const RandomReader& image_;
  std::optional<SegmentDecoder> plain_;
};

}  // namespace

unsigned usual_decode_threads() {
  constexpr unsigned kMost = 4;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
}

Decoder::Decoder(const RandomReader& payload, const DecodeLimits& limits)
    : payload_(payload), memory_limit_(limits.memory) {
  ReadHeader read = read_header(payload, limits);
  header_ = std::move(read.header);
  header_size_ = read.size;
}

std::vector<std::uint64_t> Decoder::pieces() const {
  std::vector<std::uint64_t> sizes{header_size_};
  SegmentSequence segments(payload_, header_, header_size_);
  while (const auto segment = segments.next()) sizes.push_back(segment->header.size());
  return sizes;
}

void Decoder::decode(std::span<const RandomReader* const> old_parts, PartSink& out,
                     Observer& observer, unsigned threads) {
  check_base(header_.old_parts, old_parts);
  const JoinedReader image(old_parts);
  PartSplitter parts(header_.new_parts, out);
  WatchedSink watched(parts, total_size(header_.new_parts), observer);
  // DELTA §8.6 to 8.12
  SegmentSequence segments(payload_, header_, header_size_);
  OrderedSegments(plan_decode_threads(threads, memory_limit_, header_.memory), [&] {
    const auto maker = std::make_shared<SegmentMaker>(payload_, header_, old_parts, image);
    return [maker](const PlacedSegment& segment, Sink& sink) { maker->make(segment, sink); };
  }).run(segments, watched);
  parts.finish();
}

}  // namespace xppkg::delta
