#include "refine.hpp"

#include <algorithm>
#include <limits>

namespace xppkg::delta {
namespace {

// An operation is not looked at for being dropped if it is longer, with the literals around it.
constexpr std::uint64_t kLongestBridge = 4096;

struct Copy {
  std::int64_t begin = 0;  // in the new bytes
  std::int64_t end = 0;
  std::int64_t shift = 0;  // old place minus new place
};

class Refiner {
 public:
  Refiner(std::vector<Copy> copies, ByteView old_bytes, ByteView new_bytes,
          const OperationCosts& costs)
      : copies_(std::move(copies)), old_(old_bytes), new_bytes_(new_bytes), costs_(costs) {}

  std::vector<Copy> run() {
    std::vector<Copy> kept;
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      Copy next = copies_[i];
      if (kept.empty()) {
        kept.push_back(next);
        continue;
      }
      drop_last(kept, next);
      join(kept, next);
    }
    return kept;
  }

 private:
  struct Bridge {
    std::int64_t cost = std::numeric_limits<std::int64_t>::max();
    std::int64_t left_end = 0;
    std::int64_t right_begin = 0;
  };

  [[nodiscard]] bool differs(std::int64_t shift, std::int64_t place) const {
    return old_[static_cast<std::size_t>(place + shift)] !=
           new_bytes_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] bool covers(std::int64_t shift, std::int64_t place) const {
    return place + shift >= 0 && place + shift < static_cast<std::int64_t>(old_.size());
  }

  /// Costs of the bytes from `begin` on, summed up, on a diagonal.
  void sum_forward(std::int64_t shift, std::int64_t begin, std::int64_t end,
                   std::vector<std::int64_t>& sums) const {
    sums.assign(1, 0);
    bool again = false;
    for (std::int64_t place = begin; place < end && covers(shift, place); ++place) {
      const bool now = differs(shift, place);
      sums.push_back(sums.back() + (!now ? 0 : again ? costs_.differ_again : costs_.differ));
      again = now;
    }
  }
  void sum_backward(std::int64_t shift, std::int64_t begin, std::int64_t end,
                    std::vector<std::int64_t>& sums) const {
    sums.assign(1, 0);
    bool again = false;
    for (std::int64_t place = end; place > begin && covers(shift, place - 1); --place) {
      const bool now = differs(shift, place - 1);
      sums.push_back(sums.back() + (!now ? 0 : again ? costs_.differ_again : costs_.differ));
      again = now;
    }
  }

  /// The cheapest way from `begin` to `end`: the left diagonal, literals, the right diagonal.
  Bridge bridge(std::int64_t left, std::int64_t right, std::int64_t begin, std::int64_t end) {
    sum_forward(left, begin, end, forward_);
    sum_backward(right, begin, end, backward_);
    const std::int64_t size = end - begin;
    Bridge best;
    std::int64_t cheapest = std::numeric_limits<std::int64_t>::max();
    std::int64_t cheapest_at = 0;
    for (std::int64_t t = 0; t <= size; ++t) {
      if (t < static_cast<std::int64_t>(forward_.size())) {
        const std::int64_t start = forward_[static_cast<std::size_t>(t)] - costs_.literal * t;
        if (start <= cheapest) {
          cheapest = start;
          cheapest_at = t;
        }
      }
      if (size - t >= static_cast<std::int64_t>(backward_.size())) continue;
      const std::int64_t cost =
          cheapest + costs_.literal * t + backward_[static_cast<std::size_t>(size - t)];
      if (cost < best.cost) best = {cost, begin + cheapest_at, begin + t};
    }
    return best;
  }

  [[nodiscard]] std::int64_t cost_of(const Copy& copy) {
    sum_forward(copy.shift, copy.begin, copy.end, forward_);
    return forward_.back();
  }

  /// Whether the last kept copy is better left out between the one before it and `next`.
  void drop_last(std::vector<Copy>& kept, const Copy& next) {
    while (kept.size() >= 2) {
      const Copy& left = kept[kept.size() - 2];
      const Copy& middle = kept.back();
      if (next.begin - left.end > static_cast<std::int64_t>(kLongestBridge)) return;
      const std::int64_t with =
          costs_.operation + cost_of(middle) +
          costs_.literal * (next.begin - middle.end + middle.begin - left.end);
      const std::int64_t saved = left.shift == next.shift ? costs_.operation : 0;
      const Bridge without = bridge(left.shift, next.shift, left.end, next.begin);
      if (without.cost - saved > with) return;
      kept.pop_back();
    }
  }

  /// Puts `next` after the last kept copy, with the best border between the two.
  void join(std::vector<Copy>& kept, Copy next) {
    Copy& last = kept.back();
    const Bridge best = bridge(last.shift, next.shift, last.end, next.begin);
    if (best.left_end == best.right_begin && last.shift == next.shift) {
      last.end = next.end;
      return;
    }
    last.end = best.left_end;
    next.begin = best.right_begin;
    kept.push_back(next);
  }

  std::vector<Copy> copies_;
  ByteView old_;
  ByteView new_bytes_;
  OperationCosts costs_;
  std::vector<std::int64_t> forward_;
  std::vector<std::int64_t> backward_;
};

std::vector<Copy> copies_of(std::span<const Operation> operations) {
  std::vector<Copy> copies;
  std::int64_t at = 0;
  for (const Operation& operation : operations) {
    at += static_cast<std::int64_t>(operation.literal);
    const auto size = static_cast<std::int64_t>(operation.copy);
    if (size > 0) {
      copies.push_back({at, at + size, static_cast<std::int64_t>(operation.position) - at});
    }
    at += size;
  }
  return copies;
}

std::vector<Operation> operations_of(std::span<const Copy> copies, std::uint64_t size) {
  std::vector<Operation> operations;
  std::uint64_t at = 0;
  for (const Copy& copy : copies) {
    if (copy.begin == copy.end) continue;
    const auto begin = static_cast<std::uint64_t>(copy.begin);
    operations.push_back({begin - at, static_cast<std::uint64_t>(copy.end - copy.begin),
                          static_cast<std::uint64_t>(copy.begin + copy.shift)});
    at = static_cast<std::uint64_t>(copy.end);
  }
  if (at < size) operations.push_back({size - at, 0, 0});
  return operations;
}

}  // namespace

std::vector<Operation> refine(std::vector<Operation> operations, ByteView old_bytes,
                              ByteView new_bytes, const OperationCosts& costs) {
  const std::vector<Copy> kept = Refiner(copies_of(operations), old_bytes, new_bytes, costs).run();
  return operations_of(kept, new_bytes.size());
}

}  // namespace xppkg::delta
