#include "match/survey.hpp"

#include <algorithm>
#include <numeric>

#include "match/match_index.hpp"
#include "wire/packed.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kTellEvery = 64 * 1024;
// So much of a long match stays in the index at either end, so that others may begin there.
constexpr std::uint64_t kMargin = 64;
// And the part left out then is at least so long.
constexpr std::uint64_t kWorthLeavingOut = 256;

/// Compares with old bytes, which may lie in a file: reads more the longer they agree.
class OldBytes {
 public:
  explicit OldBytes(const RandomReader& reader) : reader_(reader) {}

  std::uint64_t common_after(std::uint64_t position, ByteView wanted) {
    const std::uint64_t most = std::min<std::uint64_t>(wanted.size(), reader_.size() - position);
    return common(most, [&](std::uint64_t done, std::size_t size) {
      const ByteView old_bytes = read(position + done, size);
      return common_length(old_bytes, wanted.subspan(static_cast<std::size_t>(done), size));
    });
  }

  /// How many bytes before `position` are those at the end of `wanted`.
  std::uint64_t common_before(std::uint64_t position, ByteView wanted) {
    const std::uint64_t most = std::min<std::uint64_t>(wanted.size(), position);
    return common(most, [&](std::uint64_t done, std::size_t size) {
      const ByteView old_bytes = read(position - done - size, size);
      const ByteView before = wanted.first(wanted.size() - static_cast<std::size_t>(done));
      const ByteView piece = before.last(size);
      std::size_t equal = 0;
      while (equal < size && old_bytes[size - 1 - equal] == piece[size - 1 - equal]) ++equal;
      return equal;
    });
  }

 private:
  static constexpr std::size_t kFirst = 256;
  static constexpr std::size_t kMost = 64 * 1024;

  template <typename Compare>
  static std::uint64_t common(std::uint64_t most, const Compare& compare) {
    std::uint64_t done = 0;
    for (std::size_t piece = kFirst; done < most; piece = std::min(piece * 4, kMost)) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, most - done));
      const std::size_t equal = compare(done, size);
      done += equal;
      if (equal < size) break;
    }
    return done;
  }

  ByteView read(std::uint64_t position, std::size_t size) {
    buffer_.resize(kMost);
    const MutableByteView piece = MutableByteView(buffer_).first(size);
    reader_.read_at(position, piece);
    return piece;
  }

  const RandomReader& reader_;
  Bytes buffer_;
};

class LongMatches {
 public:
  LongMatches(const SampleTable& table, const RandomReader& old_bytes, ByteView new_bytes,
              std::size_t least, const std::function<void(std::size_t)>& advanced)
      : table_(table),
        old_(old_bytes),
        old_size_(old_bytes.size()),
        new_bytes_(new_bytes),
        least_(least),
        advanced_(advanced) {}

  std::vector<LongMatch> run() {
    const std::size_t window = table_.sampling().window;
    for (std::size_t place = 0; place + window <= new_bytes_.size();) {
      tell(place);
      place = take(best_at(place)) ? static_cast<std::size_t>(end_) : place + 1;
    }
    tell(new_bytes_.size());
    return std::move(matches_);
  }

 private:
  /// The longest match that goes on from `place`, that on the diagonal of the one before if it is
  /// any.
  LongMatch best_at(std::size_t place) {
    LongMatch best{place, 0, 0};
    const ByteView wanted = new_bytes_.subspan(place);
    bool is_first = true;
    table_.for_each_place(wanted, [&](std::uint64_t position) {
      if (is_first) try_diagonal(place, best);
      is_first = false;
      if (is_on_diagonal_) return;
      const std::uint64_t length = old_.common_after(position, wanted);
      if (length > best.length) best = {place, position, length};
    });
    is_on_diagonal_ = false;
    return best;
  }

  void try_diagonal(std::size_t place, LongMatch& best) {
    const std::uint64_t position = place + shift_;
    if (position >= old_size_) return;
    const std::uint64_t length = old_.common_after(position, new_bytes_.subspan(place));
    is_on_diagonal_ = length >= table_.sampling().window;
    if (is_on_diagonal_) best = {place, position, length};
  }

  bool take(LongMatch match) {
    if (match.length == 0) return false;
    const auto end = static_cast<std::size_t>(end_);
    const ByteView before = new_bytes_.subspan(end, static_cast<std::size_t>(match.place) - end);
    const std::uint64_t more = old_.common_before(match.position, before);
    match = {match.place - more, match.position - more, match.length + more};
    if (match.length < least_) return false;
    matches_.push_back(match);
    end_ = match.place + match.length;
    shift_ = match.position - match.place;
    return true;
  }

  void tell(std::size_t place) {
    if (place - told_ < kTellEvery && place < new_bytes_.size()) return;
    advanced_(place - told_);
    told_ = place;
  }

  const SampleTable& table_;
  OldBytes old_;
  std::uint64_t old_size_;
  ByteView new_bytes_;
  std::size_t least_;
  const std::function<void(std::size_t)>& advanced_;
  std::vector<LongMatch> matches_;
  std::uint64_t end_ = 0;    // of the last match
  std::uint64_t shift_ = 0;  // old place minus new place on its diagonal; wraps
  bool is_on_diagonal_ = false;
  std::size_t told_ = 0;
};

/// The pieces of `bytes` that are packed and touch no range of `found`, which are in order.
std::vector<ByteRange> packed_besides(const std::vector<ByteRange>& found, ByteView bytes) {
  std::vector<ByteRange> result;
  auto next = found.begin();
  for (std::size_t begin = 0; begin + kPackedPiece <= bytes.size(); begin += kPackedPiece) {
    const std::size_t end = begin + kPackedPiece;
    while (next != found.end() && next->end <= begin) ++next;
    if (next != found.end() && next->begin < end) continue;
    if (!is_packed(bytes.subspan(begin, kPackedPiece))) continue;
    if (!result.empty() && result.back().end == begin)
      result.back().end = end;
    else
      result.push_back({begin, end});
  }
  return result;
}

void append(std::vector<ByteRange>& ranges, std::uint64_t begin, std::uint64_t end) {
  if (begin < end) ranges.push_back({begin, end});
}

/// The intersection of two lists of ranges, each in order and disjoint.
std::vector<ByteRange> common(std::span<const ByteRange> left, std::span<const ByteRange> right) {
  std::vector<ByteRange> result;
  while (!left.empty() && !right.empty()) {
    const ByteRange& one = left.front();
    const ByteRange& other = right.front();
    append(result, std::max(one.begin, other.begin), std::min(one.end, other.end));
    std::span<const ByteRange>& first = one.end < other.end ? left : right;
    first = first.subspan(1);
  }
  return result;
}

}  // namespace

std::vector<ByteRange> united(std::vector<ByteRange> ranges) {
  std::ranges::sort(ranges, {}, &ByteRange::begin);
  std::vector<ByteRange> result;
  for (const ByteRange& range : ranges) {
    if (!result.empty() && range.begin <= result.back().end)
      result.back().end = std::max(result.back().end, range.end);
    else
      result.push_back(range);
  }
  return result;
}

std::uint64_t total_size(std::span<const ByteRange> ranges) {
  return std::accumulate(
      ranges.begin(), ranges.end(), std::uint64_t{0},
      [](std::uint64_t sum, const ByteRange& range) { return sum + (range.end - range.begin); });
}

Survey survey(const SampleTable& table, const RandomReader& old_bytes, ByteView new_bytes,
              std::size_t least, const std::function<void(std::size_t)>& advanced) {
  Survey result;
  result.matches = LongMatches(table, old_bytes, new_bytes, least, advanced).run();
  std::vector<ByteRange> found;
  for (const LongMatch& match : result.matches) {
    found.push_back({match.place, match.place + match.length});
  }
  result.packed = packed_besides(found, new_bytes);
  return result;
}

std::vector<ByteRange> unsettled(ByteView image, const std::vector<Survey>& surveys,
                                 std::span<const ByteRange> settled) {
  std::vector<ByteRange> found;
  for (const Survey& each : surveys) {
    for (const LongMatch& match : each.matches) {
      append(found, match.position, match.position + match.length);
    }
  }
  found = united(std::move(found));
  std::vector<ByteRange> left_out = packed_besides(found, image);
  for (const ByteRange& range : common(found, settled)) {
    if (range.end - range.begin < kWorthLeavingOut + 2 * kMargin) continue;
    left_out.push_back({range.begin + kMargin, range.end - kMargin});
  }
  left_out = united(std::move(left_out));
  std::vector<ByteRange> result;
  std::uint64_t begin = 0;
  for (const ByteRange& range : left_out) {
    append(result, begin, range.begin);
    begin = range.end;
  }
  append(result, begin, image.size());
  return result;
}

}  // namespace xppkg::delta
