#include "delta/decoder.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "format.hpp"
#include "gathering_sink.hpp"
#include "header.hpp"
#include "model/predicted_reader.hpp"
#include "parts.hpp"
#include "segment.hpp"
#include "segment_decoder.hpp"
#include "watched_sink.hpp"
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

}  // namespace

Decoder::Decoder(const RandomReader& payload, const DecodeLimits& limits) : payload_(payload) {
  ReadHeader read = read_header(payload, limits);
  header_ = std::move(read.header);
  header_size_ = read.size;
}

std::vector<std::uint64_t> Decoder::pieces() const {
  std::vector<std::uint64_t> sizes{header_size_};
  std::uint64_t offset = header_size_;
  for (std::uint64_t left = total_size(header_.new_parts); left > 0;) {
    const SegmentHeader segment = read_segment_header(payload_, offset, left, header_.minor);
    sizes.push_back(segment.size());
    offset += segment.size();
    left -= segment.output;
  }
  if (offset != payload_.size()) corrupt("bytes after the last segment", offset);
  return sizes;
}

void Decoder::decode(std::span<const RandomReader* const> old_parts, PartSink& out,
                     Observer& observer) {
  check_base(header_.old_parts, old_parts);
  const JoinedReader image(old_parts);
  PartSplitter parts(header_.new_parts, out);
  const std::uint64_t total = total_size(header_.new_parts);
  WatchedSink watched(parts, total, observer);
  GatheringSink gathered(watched);
  std::optional<SegmentDecoder> plain;
  std::uint64_t predicted_left = kFreePredictedSegments + total / kOutputPerPredictedSegment;
  // DELTA §8.6 to 8.12
  std::uint64_t offset = header_size_;
  for (std::uint64_t left = total; left > 0;) {
    const SegmentHeader segment = read_segment_header(payload_, offset, left, header_.minor);
    if (segment.is_predicted) {
      if (predicted_left-- == 0) corrupt("too many predicted segments", offset);
      plain.reset();  // its windows and the models together would take more than the header states
      const std::uint64_t begin = total - left;
      const SegmentPlace place{old_parts, &image, header_.new_parts, begin, begin + segment.output};
      read_predicted_segment(payload_, offset, segment, place, header_.memory, gathered);
    } else {
      if (!plain) plain.emplace(payload_, image, window_log_for_memory(header_.memory));
      plain->decode(offset, segment, gathered);
    }
    gathered.flush();
    offset += segment.size();
    left -= segment.output;
  }
  if (offset != payload_.size()) corrupt("bytes after the last segment", offset);
  parts.finish();
}

}  // namespace xppkg::delta
