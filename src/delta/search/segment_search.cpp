#include "search/segment_search.hpp"

#include <algorithm>
#include <map>

#include "match/match_index.hpp"
#include "match/matcher.hpp"
#include "model/known_program.hpp"
#include "model/page_digests.hpp"
#include "page_digest_check.hpp"
#include "pair_search.hpp"
#include "refine.hpp"

namespace xppkg::delta {
namespace {

/// A new part is paired with an old one that gives at least this share of it.
constexpr std::uint64_t kLeastShare = 8;

/// Possible costs of bytes of parts without a pair. Literals of texts cost a bit or less where they
/// repeat, which is known only when all are compressed; the first is right for most.
constexpr std::array<OperationCosts, 3> kTextPrices{
    {{52, 24, 16, 3}, kFewLiterals, {120, 32, 16, 3}}};
/// All are tried where such parts are this share of a segment.
constexpr std::uint64_t kTextShare = 4;

/// Costs where digits that differ are foreseen as numbers that moved: next to nothing, but who
/// turns from one copy to another loses what the numbers have in common.
constexpr OperationCosts kNumberPrices{120, 8, 4, 10};

/// The new parts of a segment one after the other.
template <typename Use>
void for_each_part(const SegmentPlace& place, MutableByteView new_bytes, const Use& use) {
  const std::vector<std::uint64_t> parts = borders(place.new_parts);
  const auto first = std::ranges::lower_bound(parts, place.begin) - parts.begin();
  for (auto part = static_cast<std::size_t>(first);
       part + 1 < parts.size() && parts[part + 1] <= place.end; ++part) {
    use(part, new_bytes.subspan(static_cast<std::size_t>(parts[part] - place.begin),
                                static_cast<std::size_t>(place.new_parts[part].size)));
  }
}

constexpr bool is_digit(std::uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

constexpr std::uint64_t kLeastMovedDigits = 64;

/// How many digits of copies have become other ones.
std::uint64_t moved_digits(std::span<const Operation> operations, ByteView image,
                           ByteView new_bytes) {
  std::uint64_t count = 0;
  std::size_t at = 0;
  for (const Operation& operation : operations) {
    at += static_cast<std::size_t>(operation.literal);
    const auto size = static_cast<std::size_t>(operation.copy);
    const ByteView old_piece = image.subspan(static_cast<std::size_t>(operation.position), size);
    const ByteView piece = new_bytes.subspan(at, size);
    for (std::size_t i = 0; i < size; ++i) {
      i += common_length(old_piece.subspan(i), piece.subspan(i));
      if (i < size && is_digit(old_piece[i]) && is_digit(piece[i])) ++count;
    }
    at += size;
  }
  return count;
}

/// Where numbers moved far, matches are found between other places of a list.
bool is_same_but_numbers(ByteView old_bytes, ByteView bytes) {
  if (old_bytes.size() != bytes.size()) return false;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    i += common_length(old_bytes.subspan(i), bytes.subspan(i));
    if (i == bytes.size()) break;
    if (!is_digit(old_bytes[i]) || !is_digit(bytes[i])) return false;
    ++count;
  }
  return count >= kLeastMovedDigits;
}

Program without_digests(MutableByteView bytes) {
  Program program = read_program(BufferReader(bytes));
  take_out_digests(program, bytes);
  return program;
}

class SegmentSearch {
 public:
  SegmentSearch(const SegmentPlace& place, ByteView image, const SearchOptions& options,
                const std::function<void()>& checkpoint)
      : place_(place),
        image_(image),
        options_(options),
        checkpoint_(checkpoint),
        old_borders_(borders(place.old_parts)),
        rows_(options.rounds > 0 ? kTextPrices.size() : 1) {}

  void add_part(std::size_t part, MutableByteView bytes, const std::vector<Operation>& matched) {
    if (bytes.empty()) return;
    const Program program = without_digests(bytes);
    const std::optional<std::size_t> base =
        bytes.size() < kMinPredictedPart ? std::nullopt : base_of(matched);
    const bool has_moved = program.processor == Processor::none && add_moved(base, bytes, matched);
    any_moved_ = any_moved_ || has_moved;
    if (base && try_pair(part, *base, bytes, program, matched, has_moved)) return;
    PageDigestFilter(program.page_digests).pass(bytes);
    unpaired_ += bytes.size();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::vector<Operation> refined = refine(matched, image_, bytes, kTextPrices[i]);
      append(rows_[i], refined);
      if (i == 0 && !has_moved) append(moved_, refined);
    }
  }

  std::vector<SegmentPlan> finish() {
    const bool has_texts = unpaired_ >= (place_.end - place_.begin) / kTextShare;
    std::vector<SegmentPlan> plans;
    for (Row& row : std::span(rows_).first(has_texts ? rows_.size() : 1)) {
      if (row.literal > 0) row.operations.push_back({row.literal, 0, 0});
      const bool is_known =
          std::ranges::find(plans, row.operations, &SegmentPlan::operations) != plans.end();
      if (!is_known) plans.push_back({pairs_, std::move(row.operations)});
    }
    if (any_moved_) {
      if (moved_.literal > 0) moved_.operations.push_back({moved_.literal, 0, 0});
      plans.push_back({moved_pairs_, std::move(moved_.operations), true});
    }
    return plans;
  }

 private:
  [[nodiscard]] ByteView old_bytes_of(std::size_t part) const {
    return image_.subspan(static_cast<std::size_t>(old_borders_[part]),
                          static_cast<std::size_t>(place_.old_parts[part]->size()));
  }

  /// False if few numbers of the part have moved.
  bool add_moved(std::optional<std::size_t> base, ByteView bytes,
                 const std::vector<Operation>& matched) {
    if (base && is_same_but_numbers(old_bytes_of(*base), bytes)) {
      append(moved_, {{0, bytes.size(), old_borders_[*base]}});
      return true;
    }
    if (moved_digits(matched, image_, bytes) < kLeastMovedDigits) return false;
    append(moved_, refine(matched, image_, bytes, kNumberPrices));
    return true;
  }

  /// The old part that gives the most bytes.
  [[nodiscard]] std::optional<std::size_t> base_of(const std::vector<Operation>& operations) const {
    std::map<std::size_t, std::uint64_t> shares;
    std::uint64_t total = 0;
    for (const Operation& operation : operations) {
      total += operation.literal + operation.copy;
      if (operation.copy > 0) shares[old_part_at(operation.position)] += operation.copy;
    }
    const auto best =
        std::ranges::max_element(shares, {}, [](const auto& share) { return share.second; });
    if (best == shares.end() || best->second < total / kLeastShare) return std::nullopt;
    return best->first;
  }
  [[nodiscard]] std::size_t old_part_at(std::uint64_t position) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(old_borders_, position) -
                                    old_borders_.begin()) -
           1;
  }

  /// Facts of the new program are of no use where a reader does not know them of the old one.
  static PairInput input_of(ByteView old_bytes, ByteView bytes, const Program& program) {
    PairInput pair{old_bytes, bytes,
                   known_program(read_program(BufferReader(old_bytes)), kNewestMinor, bytes.size()),
                   known_program(program, kNewestMinor, bytes.size())};
    if (pair.old_program.export_trie.size == 0) pair.new_program.export_trie = {};
    return pair;
  }

  bool try_pair(std::size_t part, std::size_t base, ByteView bytes, const Program& program,
                const std::vector<Operation>& operations, bool has_moved) {
    const ByteView old_bytes = old_bytes_of(base);
    const PairInput pair = input_of(old_bytes, bytes, program);
    PairResult result = search_pair(pair, within(operations, base), options_.rounds, checkpoint_);
    if (!result.is_predicted) return false;
    result.plan.old_part = static_cast<std::uint32_t>(base);
    result.plan.new_part = static_cast<std::uint32_t>(part);
    const std::uint64_t image = place_.image->size();
    for (Operation& operation : result.operations) {
      const bool is_table = operation.position >= old_bytes.size();
      operation.position += is_table ? image - old_bytes.size() : old_borders_[base];
    }
    for (Row& row : rows_) append(row, result.operations);
    if (!has_moved) {
      append(moved_, result.operations);
      moved_pairs_.push_back(result.plan);
    }
    pairs_.push_back(std::move(result.plan));
    return true;
  }

  /// The operations with copies from one old part only, as places in it.
  [[nodiscard]] std::vector<Operation> within(const std::vector<Operation>& operations,
                                              std::size_t base) const {
    const std::uint64_t begin = old_borders_[base];
    const std::uint64_t end = old_borders_[base + 1];
    std::vector<Operation> result;
    std::uint64_t literal = 0;
    for (const Operation& operation : operations) {
      literal += operation.literal;
      const std::uint64_t first = std::max(begin, operation.position);
      const std::uint64_t last = std::min(end, operation.position + operation.copy);
      if (operation.copy == 0 || first >= last) {
        literal += operation.copy;
        continue;
      }
      literal += first - operation.position;
      result.push_back({literal, last - first, first - begin});
      literal = operation.position + operation.copy - last;
    }
    if (literal > 0) result.push_back({literal, 0, 0});
    return result;
  }

  /// The operations of the segment at one of the prices.
  struct Row {
    std::vector<Operation> operations;
    std::uint64_t literal = 0;  // bytes after the last copy
  };

  /// Operations of a part after those of the parts before it.
  static void append(Row& row, const std::vector<Operation>& operations) {
    for (Operation operation : operations) {
      operation.literal += row.literal;
      row.literal = 0;
      if (operation.copy == 0)
        row.literal = operation.literal;
      else
        row.operations.push_back(operation);
    }
  }

  const SegmentPlace& place_;
  ByteView image_;
  const SearchOptions& options_;
  const std::function<void()>& checkpoint_;
  std::vector<std::uint64_t> old_borders_;
  std::vector<PairPlan> pairs_;
  std::vector<Row> rows_;
  Row moved_;                          // where parts whose numbers moved have no pair
  std::vector<PairPlan> moved_pairs_;  // of the other parts
  bool any_moved_ = false;             // whether there are some
  std::uint64_t unpaired_ = 0;         // bytes of parts without a pair
};

}  // namespace

PartSurveys survey_parts(const SegmentPlace& place, const SampleTable& table, bool is_thorough,
                         MutableByteView new_bytes,
                         const std::function<void(std::size_t)>& advanced) {
  PartSurveys known;
  for_each_part(place, new_bytes, [&](std::size_t, MutableByteView bytes) {
    const bool is_program = without_digests(bytes).processor != Processor::none;
    const std::size_t least = is_thorough && !is_program ? kSureMatch : kLeastMatch;
    known.push_back(survey(table, *place.image, bytes, least, advanced));
    known.back().is_program = is_program;
  });
  return known;
}

PartOperations match_parts(const SegmentPlace& place, const Indexes& indexes,
                           const PartSurveys& known, MutableByteView new_bytes,
                           const std::function<void(std::size_t)>& advanced) {
  PartOperations matched;
  auto next = known.begin();
  for_each_part(place, new_bytes, [&](std::size_t, MutableByteView bytes) {
    without_digests(bytes);
    const MatchIndex& index = *(next->is_program ? indexes.programs : indexes.others);
    matched.push_back(find_operations(index, bytes, *next++, advanced));
  });
  return matched;
}

std::vector<SegmentPlan> search_segment(const SegmentPlace& place, ByteView image,
                                        PartOperations matched, MutableByteView new_bytes,
                                        const SearchOptions& options,
                                        const std::function<void()>& checkpoint) {
  SegmentSearch search(place, image, options, checkpoint);
  auto next = matched.begin();
  for_each_part(place, new_bytes, [&](std::size_t part, MutableByteView bytes) {
    search.add_part(part, bytes, *next++);
  });
  return search.finish();
}

}  // namespace xppkg::delta
