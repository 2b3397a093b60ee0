#include "pair_search.hpp"

#include <algorithm>

#include "bases.hpp"
#include "match/matcher.hpp"
#include "match/partial_index.hpp"
#include "match/suffix_index.hpp"
#include "mode_choice.hpp"
#include "model/derived_table.hpp"
#include "model/known_program.hpp"
#include "normalise.hpp"
#include "refine.hpp"
#include "wire/format.hpp"
#include "write/predicted_writer.hpp"

namespace xppkg::delta {
namespace {

class PairSearch {
 public:
  PairSearch(const PairInput& pair, std::vector<Operation> operations,
             const std::function<void()>& checkpoint)
      : pair_(pair), checkpoint_(checkpoint) {
    present_.operations = std::move(operations);
  }

  PairResult run(unsigned rounds) {
    present_.modes = modes_of_sections(pair_.old_program, pair_.old_bytes.size());
    if (rounds > 0) match_first();
    learn(present_);
    if (rounds == 0 || !predicts()) return result_of(present_);
    Found best_found = present_;
    PairResult best = result_of(present_);
    std::size_t least = size_of(best);
    for (unsigned round = 1; round < rounds && predicts(); ++round) {
      const Found before = present_;
      // A prediction of the round before can lead astray, and what literals cost is not known yet.
      for (std::vector<Operation>& operations : match_again()) {
        present_ = before;
        present_.operations = std::move(operations);
        learn(present_);
        PairResult result = result_of(present_);
        const std::size_t size = size_of(result);
        if (size >= least) continue;
        best = std::move(result);
        best_found = present_;
        least = size;
      }
    }
    // Base relocations have paid wherever it was measured; the others may be foreseen as well by
    // their own bytes.
    const bool may_not_pay =
        pair_.old_program.address_table.kind != AddressTable::Kind::relocations;
    if (best.plan.table_size == 0 || !may_not_pay) return best;
    PairResult without_table = result_of(best_found, false);
    return size_of(without_table) < least ? without_table : best;
  }

 private:
  struct Found {
    std::vector<Operation> operations;
    Modes modes;
    std::vector<TableBase> bases;
  };

  static bool any_predicted(const Modes& modes) {
    return std::ranges::any_of(modes, [](Mode mode) { return mode != Mode::plain; });
  }
  [[nodiscard]] bool predicts() const { return any_predicted(present_.modes); }

  void learn(Found& found) const {
    checkpoint_();
    const AddressMap map = map_of(pair_, found.operations);
    found.bases = find_bases(pair_, map);
    checkpoint_();
    found.modes = choose_modes(pair_, map, found.modes, found.bases);
    checkpoint_();
  }

  void match_first() {
    const std::vector<Obvious> obvious = obvious_tables(pair_.old_program, pair_.old_bytes);
    learn(present_);
    const AddressMap map = map_of(pair_, present_.operations);
    present_.modes = choose_modes(pair_, map, present_.modes, present_.bases);
    for (std::size_t i = 0; i < present_.modes.size(); ++i) {
      if (obvious[i] != Obvious::nothing) present_.modes[i] = Mode::data;
    }
    if (!predicts()) return;
    tables_.old_ones = find_jump_tables(pair_.old_program, pair_.old_bytes);
    checkpoint_();
    tables_.new_ones = find_jump_tables(pair_.new_program, pair_.new_bytes);
    checkpoint_();
    const Normalised normalised =
        normalise_first(pair_, map, present_.modes, present_.bases, obvious, tables_);
    present_.operations = refined(match(normalised), normalised, kFewLiterals);
  }

  /// Operations by several costs.
  [[nodiscard]] std::array<std::vector<Operation>, 2> match_again() const {
    const Normalised normalised = normalise(pair_, map_of(pair_, present_.operations),
                                            present_.modes, present_.bases, tables_);
    const std::vector<Operation> matched = match(normalised);
    return {refined(matched, normalised, kManyLiterals),
            refined(matched, normalised, kFewLiterals)};
  }

  [[nodiscard]] std::vector<Operation> match(const Normalised& normalised) const {
    checkpoint_();
    const BufferReader old_reader(normalised.old_bytes);
    const auto told = [&](std::size_t) { checkpoint_(); };
    std::vector<Survey> known(1);
    {
      SampleTable table(kSurveySampling, normalised.old_bytes.size());
      table.add(normalised.old_bytes, 0);
      known[0] = survey(table, old_reader, normalised.new_bytes, kLeastMatch, told);
    }
    const PartialIndex index(normalised.old_bytes,
                             unsettled(normalised.old_bytes, known,
                                       std::array{ByteRange{0, normalised.old_bytes.size()}}));
    return find_operations(index, normalised.new_bytes, known[0], told);
  }

  static std::vector<Operation> refined(std::vector<Operation> operations,
                                        const Normalised& normalised, const OperationCosts& costs) {
    for (int i = 0; i < 2; ++i) {
      operations = refine(std::move(operations), normalised.old_bytes, normalised.new_bytes, costs);
    }
    return operations;
  }

  /// The table of addresses is made anew unless `may_make_table` is false.
  [[nodiscard]] PairResult result_of(const Found& found, bool may_make_table = true) const {
    PairResult result;
    result.is_predicted = any_predicted(found.modes);
    result.operations = found.operations;
    if (!result.is_predicted) return result;
    fill_plan(found, result.plan);
    if (may_make_table) add_table(result.plan, result.operations);
    return result;
  }

  /// The size of the pair by itself.
  [[nodiscard]] std::size_t size_of(const PairResult& result) const {
    if (!result.is_predicted) return ~std::size_t{0};
    const BufferReader old_file(pair_.old_bytes);
    const std::array<const RandomReader*, 1> old_parts{&old_file};
    const std::array new_parts{Part{0, pair_.new_bytes.size()}};
    const SegmentPlace place{old_parts, &old_file, new_parts, 0, pair_.new_bytes.size()};
    constexpr Compression kQuick{1, kPredictedWindowLog};
    return write_predicted_segment(place, {{result.plan}, result.operations}, pair_.new_bytes,
                                   kQuick, [&](std::size_t) { checkpoint_(); })
        .size();
  }

  void fill_plan(const Found& found, PairPlan& plan) const {
    plan.new_base = pair_.new_program.image_base;
    plan.new_sections = corresponding_sections(pair_.old_program, pair_.new_program);
    plan.bases = found.bases;
    plan.modes = found.modes;
    plan.page_digests = pair_.new_program.page_digests;
  }

  static ByteView bytes_of(ByteView file, const AddressTable& table) {
    return file.subspan(static_cast<std::size_t>(table.offset),
                        static_cast<std::size_t>(table.size));
  }

  /// Copies of the new table of addresses from one that is made of the old one.
  void add_table(PairPlan& plan, std::vector<Operation>& operations) const {
    const AddressTable& before = pair_.old_program.address_table;
    const AddressTable& after = pair_.new_program.address_table;
    const std::uint64_t most = most_of_table(pair_.new_bytes.size());
    if (before.kind != after.kind || before.size == 0 || after.size == 0 || before.size > most ||
        after.size > kMaxTable) {
      return;
    }
    // That is the map that a reader will have: no copy into the table counts there.
    std::vector<Operation> without = cleared(operations, after.offset, after.size);
    const AddressMap map = map_of(pair_, without);
    plan.table_address = map.new_address(after.offset);
    const Bytes table = make_table(before, bytes_of(pair_.old_bytes, before), map,
                                   plan.table_address, static_cast<std::size_t>(most) + 1);
    if (table.empty() || table.size() > most) return;
    const ByteView wanted = bytes_of(pair_.new_bytes, after);
    const SuffixIndex index(table);
    std::vector<Operation> inside =
        refine(find_operations(index, wanted, {}, [&](std::size_t) { checkpoint_(); }), table,
               wanted, kFewLiterals);
    for (Operation& operation : inside) operation.position += pair_.old_bytes.size();
    operations = spliced(std::move(without), std::move(inside), after.offset);
    plan.table_size = table.size();
  }

  struct Copy {
    std::uint64_t begin, size, position;
  };
  static std::vector<Copy> copies_of(const std::vector<Operation>& operations,
                                     std::uint64_t begin) {
    std::vector<Copy> copies;
    std::uint64_t at = begin;
    for (const Operation& operation : operations) {
      at += operation.literal;
      if (operation.copy > 0) copies.push_back({at, operation.copy, operation.position});
      at += operation.copy;
    }
    return copies;
  }
  [[nodiscard]] std::vector<Operation> operations_of(const std::vector<Copy>& copies) const {
    std::vector<Operation> result;
    std::uint64_t at = 0;
    for (const Copy& copy : copies) {
      result.push_back({copy.begin - at, copy.size, copy.position});
      at = copy.begin + copy.size;
    }
    if (at < pair_.new_bytes.size()) result.push_back({pair_.new_bytes.size() - at, 0, 0});
    return result;
  }

  /// The operations without any copy into a range of the new file.
  [[nodiscard]] std::vector<Operation> cleared(const std::vector<Operation>& operations,
                                               std::uint64_t begin, std::uint64_t size) const {
    const std::uint64_t end = begin + size;
    std::vector<Copy> kept;
    for (const Copy& copy : copies_of(operations, 0)) {
      if (copy.begin < begin) {
        kept.push_back({copy.begin, std::min(copy.size, begin - copy.begin), copy.position});
      }
      if (copy.begin + copy.size > end) {
        const std::uint64_t skipped = end > copy.begin ? end - copy.begin : 0;
        kept.push_back({copy.begin + skipped, copy.size - skipped, copy.position + skipped});
      }
    }
    return operations_of(kept);
  }

  [[nodiscard]] std::vector<Operation> spliced(std::vector<Operation> around,
                                               std::vector<Operation> inside,
                                               std::uint64_t begin) const {
    std::vector<Copy> all = copies_of(around, 0);
    const std::vector<Copy> more = copies_of(inside, begin);
    all.insert(all.end(), more.begin(), more.end());
    std::ranges::sort(all, {}, &Copy::begin);
    return operations_of(all);
  }

  const PairInput& pair_;
  const std::function<void()>& checkpoint_;
  Found present_;
  JumpTables tables_;
};

}  // namespace

PairResult search_pair(const PairInput& pair, std::vector<Operation> operations, unsigned rounds,
                       const std::function<void()>& checkpoint) {
  return PairSearch(pair, std::move(operations), checkpoint).run(rounds);
}

}  // namespace xppkg::delta
