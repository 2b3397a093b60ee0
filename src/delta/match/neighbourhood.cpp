#include "match/neighbourhood.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

// Beyond a match so much more of the old bytes is looked at as there are new bytes without a match
// beside it, and at least and at most this.
constexpr std::uint64_t kLeastMargin = 4 * 1024;
constexpr std::uint64_t kMostMargin = 1024 * 1024;

ByteRange widened(const LongMatch& match, std::uint64_t before, std::uint64_t after,
                  std::uint64_t old_size) {
  before = std::min(match.position, std::clamp(before, kLeastMargin, kMostMargin));
  const std::uint64_t end = match.position + match.length;
  after = std::min(old_size - end, std::clamp(after, kLeastMargin, kMostMargin));
  return {match.position - before, end + after};
}

std::vector<ByteRange> with_margins(const std::vector<LongMatch>& matches, std::uint64_t size,
                                    std::uint64_t old_size) {
  std::vector<ByteRange> ranges;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const std::uint64_t end = matches[i].place + matches[i].length;
    const std::uint64_t next = i + 1 < matches.size() ? matches[i + 1].place : size;
    ranges.push_back(widened(matches[i], matches[i].place - begin, next - end, old_size));
    begin = end;
  }
  return united(std::move(ranges));
}

std::vector<ByteRange> without_margins(const std::vector<LongMatch>& matches) {
  std::vector<ByteRange> ranges;
  for (const LongMatch& match : matches) {
    ranges.push_back({match.position, match.position + match.length});
  }
  return united(std::move(ranges));
}

}  // namespace

Neighbourhood::Neighbourhood(const RandomReader& old_bytes, const std::vector<LongMatch>& matches,
                             std::uint64_t size) {
  std::vector<ByteRange> ranges = with_margins(matches, size, old_bytes.size());
  if (total_size(ranges) > 2 * size) ranges = without_margins(matches);
  bytes_.resize(static_cast<std::size_t>(total_size(ranges)));
  std::uint64_t begin = 0;
  for (const ByteRange& range : ranges) {
    const std::uint64_t length = range.end - range.begin;
    pieces_.push_back({begin, range});
    old_bytes.read_at(range.begin,
                      MutableByteView(bytes_).subspan(static_cast<std::size_t>(begin),
                                                      static_cast<std::size_t>(length)));
    begin += length;
  }
}

const Neighbourhood::Piece& Neighbourhood::piece_at(std::uint64_t position) const {
  const auto place = [](const Piece& piece) { return piece.range.begin; };
  return *(std::ranges::upper_bound(pieces_, position, {}, place) - 1);
}

Survey Neighbourhood::localised(const Survey& known) const {
  Survey result = known;
  for (LongMatch& match : result.matches) {
    const Piece& piece = piece_at(match.position);
    match.position = match.position - piece.range.begin + piece.begin;
  }
  return result;
}

std::vector<Operation> Neighbourhood::globalised(const std::vector<Operation>& operations) const {
  std::vector<Operation> result;
  for (Operation left : operations) {
    if (left.copy == 0) result.push_back(left);
    // A copy may go on from one piece into the next.
    while (left.copy > 0) {
      const auto after = std::ranges::upper_bound(pieces_, left.position, {}, &Piece::begin);
      const Piece& piece = *(after - 1);
      const std::uint64_t done = left.position - piece.begin;
      const std::uint64_t size = std::min(left.copy, piece.range.end - piece.range.begin - done);
      result.push_back({left.literal, size, piece.range.begin + done});
      left = {0, left.copy - size, left.position + size};
    }
  }
  return result;
}

ByteView Neighbourhood::at(std::uint64_t position, std::uint64_t size) const {
  const Piece& piece = piece_at(position);
  return ByteView(bytes_).subspan(
      static_cast<std::size_t>(position - piece.range.begin + piece.begin),
      static_cast<std::size_t>(size));
}

}  // namespace xppkg::delta
