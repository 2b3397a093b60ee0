#include "delta/parts_decoder.hpp"

#include <algorithm>

#include "gathering_sink.hpp"
#include "segment_decoder.hpp"
#include "wire/format.hpp"
#include "wire/header.hpp"
#include "wire/segment.hpp"
#include "wire/watched_sink.hpp"

namespace xppkg::delta {
namespace {

/// Passes the chosen parts on from a new stream of which only pieces come, in order.
class PartPicker final : public Sink {
 public:
  PartPicker(std::span<const Part> parts, const PartsDecoder::Choice& choice, PartSink& out)
      : out_(out) {
    std::uint64_t begin = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (choice.at(i)) places_.push_back({begin, parts[i]});
      begin += parts[i].size;
    }
    end_full_parts();
  }

  /// The next bytes lie at this place of the new stream.
  void seek(std::uint64_t place) { at_ = place; }

  void write(ByteView bytes) override {
    while (!bytes.empty() && next_ < places_.size()) {
      const PlacedPart& place = places_[next_];
      const std::uint64_t wanted_at = place.begin + written_;
      if (at_ < wanted_at) {
        bytes = advance(bytes, wanted_at - at_);
        continue;
      }
      const ByteView before = bytes;
      bytes = advance(bytes, place.part.size - written_);
      out_.write(before.first(before.size() - bytes.size()));
      written_ += before.size() - bytes.size();
      end_full_parts();
    }
  }

 private:
  struct PlacedPart {
    std::uint64_t begin = 0;
    Part part;
  };

  /// The rest of `bytes` after at most `most` of them.
  ByteView advance(ByteView bytes, std::uint64_t most) {
    const std::uint64_t size = std::min<std::uint64_t>(bytes.size(), most);
    at_ += size;
    return bytes.subspan(static_cast<std::size_t>(size));
  }

  void end_full_parts() {
    for (; next_ < places_.size(); ++next_) {
      const Part& part = places_[next_].part;
      if (written_ == 0) out_.begin(part);
      if (written_ < part.size) return;
      out_.end();
      written_ = 0;
    }
  }

  PartSink& out_;
  std::vector<PlacedPart> places_;
  std::size_t next_ = 0;
  std::uint64_t written_ = 0;  // of the next place's part
  std::uint64_t at_ = 0;       // in the new stream
};

}  // namespace

PartsDecoder::PartsDecoder(ByteView header, const DecodeLimits& limits) {
  ReadHeader read = read_header(BufferReader(header), limits);
  if (read.size != header.size()) corrupt("bytes after the header", read.size);
  header_ = std::move(read.header);
  if (!header_.is_full()) corrupt("no full package", 0);
  total_ = total_size(header_.new_parts);
}

std::size_t PartsDecoder::segments() const {
  return static_cast<std::size_t>(total_ / kBlockSize + (total_ % kBlockSize == 0 ? 0 : 1));
}

std::uint64_t PartsDecoder::output_of(std::size_t segment) const {
  return std::min(kBlockSize, total_ - segment * kBlockSize);
}

std::vector<std::size_t> PartsDecoder::segments_of(const Choice& choice) const {
  std::vector<std::size_t> segments;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < header_.new_parts.size(); ++i) {
    const std::uint64_t end = begin + header_.new_parts[i].size;
    if (choice.at(i) && begin < end) {
      const std::uint64_t first = begin / kBlockSize;
      for (std::uint64_t number = first; number <= (end - 1) / kBlockSize; ++number) {
        if (segments.empty() || segments.back() < number) segments.push_back(number);
      }
    }
    begin = end;
  }
  return segments;
}

void PartsDecoder::decode(const Choice& choice, const SegmentReader& read, PartSink& out,
                          Observer& observer) const {
  const std::vector<std::size_t> chosen = segments_of(choice);
  std::uint64_t total = 0;
  for (const std::size_t number : chosen) total += output_of(number);
  PartPicker parts(header_.new_parts, choice, out);
  WatchedSink watched(parts, total, observer);
  GatheringSink gathered(watched);
  const BufferReader nothing({});
  // DELTA §8.6 to 8.12, for these segments
  for (const std::size_t number : chosen) {
    const Bytes bytes = read(number);
    const BufferReader reader(bytes);
    const SegmentHeader segment =
        read_segment_header(reader, 0, output_of(number), kMinorPlainCopies);
    if (segment.output != output_of(number)) corrupt("a segment of another place", 0);
    if (segment.size() != bytes.size()) corrupt("bytes after the segment", segment.size());
    parts.seek(number * kBlockSize);
    SegmentDecoder(reader, nothing, window_log_for_memory(header_.memory))
        .decode(0, segment, gathered);
    gathered.flush();
  }
}

}  // namespace xppkg::delta
