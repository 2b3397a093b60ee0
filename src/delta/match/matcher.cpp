#include "match/matcher.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

// A new diagonal must agree in this many bytes more than the present one to be worth an operation.
constexpr std::size_t kWorthTurning = 8;
// A diagonal that agrees for so long needs no search for a better one.
constexpr std::size_t kSafeRun = 16;
// The worth that a byte which agrees or differs adds to a copy.
constexpr std::ptrdiff_t kAgree = 1;
constexpr std::ptrdiff_t kDiffer = -1;
constexpr std::size_t kTellEvery = 64 * 1024;

/// Old and new bytes laid side by side: new place n meets old place n + shift.
class Diagonal {
 public:
  Diagonal(ByteView old_bytes, ByteView new_bytes, std::ptrdiff_t shift)
      : old_(old_bytes), new_bytes_(new_bytes), shift_(shift) {}

  [[nodiscard]] std::ptrdiff_t shift() const { return shift_; }
  [[nodiscard]] std::size_t old_place(std::size_t place) const {
    return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(place) + shift_);
  }
  [[nodiscard]] bool covers(std::size_t place) const { return old_place(place) < old_.size(); }
  [[nodiscard]] bool agrees(std::size_t place) const {
    return covers(place) && old_[old_place(place)] == new_bytes_[place];
  }
  [[nodiscard]] std::ptrdiff_t worth(std::size_t place) const {
    return agrees(place) ? kAgree : kDiffer;
  }
  [[nodiscard]] std::size_t agreeing_run(std::size_t place) const {
    if (!covers(place)) return 0;
    return common_length(old_.subspan(old_place(place)), new_bytes_.subspan(place));
  }

  /// How far a copy that begins at `from` best goes on, at most up to `end`.
  [[nodiscard]] std::size_t best_end(std::size_t from, std::size_t end) const {
    std::size_t best = from;
    std::ptrdiff_t sum = 0;
    std::ptrdiff_t highest = 0;
    for (std::size_t place = from; place < end && covers(place); ++place) {
      sum += worth(place);
      if (sum <= highest) continue;
      highest = sum;
      best = place + 1;
    }
    return best;
  }

  /// The best beginning, at least `begin`, of a copy that ends at `to`.
  [[nodiscard]] std::size_t best_begin(std::size_t begin, std::size_t to) const {
    std::size_t best = to;
    std::ptrdiff_t sum = 0;
    std::ptrdiff_t highest = 0;
    for (std::size_t place = to; place > begin && covers(place - 1); --place) {
      sum += worth(place - 1);
      if (sum <= highest) continue;
      highest = sum;
      best = place - 1;
    }
    return best;
  }

 private:
  ByteView old_;
  ByteView new_bytes_;
  std::ptrdiff_t shift_;
};

/// Counts how many bytes of a moving stretch agree on a diagonal, looking at each byte once. It
/// counts too many where the end of the stretch goes back, so that a turn is rather not taken.
class AgreementWindow {
 public:
  AgreementWindow(const Diagonal& diagonal, std::size_t begin)
      : diagonal_(diagonal), begin_(begin), end_(begin) {}

  std::size_t count(std::size_t begin, std::size_t end) {
    for (; begin_ < begin; ++begin_) {
      if (begin_ < end_ && diagonal_.agrees(begin_)) --count_;
    }
    end_ = std::max(end_, begin_);
    for (; end_ < end; ++end_) {
      if (diagonal_.agrees(end_)) ++count_;
    }
    return count_;
  }

 private:
  const Diagonal& diagonal_;
  std::size_t begin_;
  std::size_t end_;
  std::size_t count_ = 0;
};

class Matcher {
 public:
  Matcher(const MatchIndex& index, ByteView new_bytes, const Survey& known,
          const std::function<void(std::size_t)>& advanced)
      : index_(index), new_bytes_(new_bytes), known_(known), advanced_(advanced) {}

  std::vector<Operation> run() {
    // The new stream may well begin as the old image does, so that is the first diagonal.
    Diagonal present = diagonal(0);
    std::size_t scan = 0;
    while (scan < new_bytes_.size()) {
      const Anchor anchor = next_anchor(present, scan);
      const Diagonal next = diagonal(anchor.shift);
      turn(present, next, anchor.place);
      present = next;
      scan = anchor.place + anchor.length;
    }
    finish(present);
    return std::move(operations_);
  }

 private:
  struct Anchor {
    std::size_t place;
    std::ptrdiff_t shift;
    std::size_t length;
  };

  [[nodiscard]] Diagonal diagonal(std::ptrdiff_t shift) const {
    return {index_.image(), new_bytes_, shift};
  }

  /// The next exact match from `scan` on that is worth leaving the present diagonal for; the end of
  /// the new bytes if there is none.
  Anchor next_anchor(const Diagonal& present, std::size_t scan) {
    AgreementWindow window(present, scan);
    while (scan < new_bytes_.size()) {
      tell(scan);
      if (const std::size_t run = present.agreeing_run(scan); run >= kSafeRun) {
        scan += run;
        continue;
      }
      if (const std::size_t end = packed_end(scan); end > scan) {
        scan = end;
        continue;
      }
      const Match match = longest_at(scan);
      const std::size_t agreeing = window.count(scan, scan + match.length);
      if (match.length > agreeing + kWorthTurning) {
        const auto shift =
            static_cast<std::ptrdiff_t>(match.position) - static_cast<std::ptrdiff_t>(scan);
        return {scan, shift, match.length};
      }
      ++scan;
    }
    return {scan, present.shift(), 0};
  }

  Match longest_at(std::size_t scan) {
    while (next_match_ < known_.matches.size()) {
      const LongMatch& match = known_.matches[next_match_];
      if (match.place > scan) break;
      const std::uint64_t done = scan - match.place;
      if (done + kSafeRun <= match.length) {
        return {static_cast<std::size_t>(match.position + done),
                static_cast<std::size_t>(match.length - done)};
      }
      ++next_match_;
    }
    return index_.longest(new_bytes_.subspan(scan));
  }

  /// The end of the packed bytes at `scan`; `scan` if they are not packed.
  std::size_t packed_end(std::size_t scan) {
    while (next_packed_ < known_.packed.size() && known_.packed[next_packed_].end <= scan) {
      ++next_packed_;
    }
    if (next_packed_ == known_.packed.size() || known_.packed[next_packed_].begin > scan) {
      return scan;
    }
    return static_cast<std::size_t>(known_.packed[next_packed_].end);
  }

  /// Ends the copy on the present diagonal and begins one on `next`, which matches at `place`.
  void turn(const Diagonal& present, const Diagonal& next, std::size_t place) {
    std::size_t end = present.best_end(start_, place);
    std::size_t begin = place == new_bytes_.size() ? place : next.best_begin(start_, place);
    if (begin < end) begin = end = best_border(present, next, begin, end);
    add_copy(present, end);
    start_ = begin;
  }

  void finish(const Diagonal& present) {
    if (start_ < new_bytes_.size()) add_copy(present, present.best_end(start_, new_bytes_.size()));
    tell(new_bytes_.size());
    if (described_ < new_bytes_.size())
      operations_.push_back({new_bytes_.size() - described_, 0, 0});
  }

  void add_copy(const Diagonal& present, std::size_t end) {
    if (end == start_) return;
    operations_.push_back({start_ - described_, end - start_, present.old_place(start_)});
    described_ = end;
  }

  /// The best border between the two diagonals from `begin` to `end`, which both could copy. The
  /// latest of equals: then `start_` moves on, and no byte is looked at again and again.
  static std::size_t best_border(const Diagonal& present, const Diagonal& next, std::size_t begin,
                                 std::size_t end) {
    std::size_t best = begin;
    std::ptrdiff_t sum = 0;
    std::ptrdiff_t highest = 0;
    for (std::size_t place = begin; place < end; ++place) {
      sum += present.worth(place) - next.worth(place);
      if (sum < highest) continue;
      highest = sum;
      best = place + 1;
    }
    return best;
  }

  void tell(std::size_t place) {
    if (place - told_ < kTellEvery && place < new_bytes_.size()) return;
    advanced_(place - told_);
    told_ = place;
  }

  const MatchIndex& index_;
  ByteView new_bytes_;
  const Survey& known_;
  const std::function<void(std::size_t)>& advanced_;
  std::vector<Operation> operations_;
  std::size_t next_match_ = 0;   // of those known
  std::size_t next_packed_ = 0;  // likewise
  std::size_t start_ = 0;        // where the copy on the present diagonal begins
  std::size_t described_ = 0;    // the operations so far make this many bytes
  std::size_t told_ = 0;
};

}  // namespace

std::vector<Operation> find_operations(const MatchIndex& index, ByteView new_bytes,
                                       const Survey& known,
                                       const std::function<void(std::size_t)>& advanced) {
  return Matcher(index, new_bytes, known, advanced).run();
}

}  // namespace xppkg::delta
