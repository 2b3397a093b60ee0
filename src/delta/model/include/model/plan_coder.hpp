#pragma once

#include <deque>

#include "coding/number_coder.hpp"
#include "model/operation_repeats.hpp"
#include "model/segment_plan.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

// Codes what a segment says before its data (DELTA §6.5, §6.10); each written once for writer and
// reader. A reader checks what it is given before it acts on it.

/// A number as its distance from one that is expected.
class DistanceModel {
 public:
  template <typename Coder>
  std::uint64_t code(Coder& coder, std::uint64_t value, std::uint64_t expected) {
    return expected + unzigzag(numbers_.code(coder, zigzag(value - expected)));
  }

 private:
  NumberModel numbers_;
};

/// Codes tables of numbers (DELTA §6.15).
class NumberTableModel {
 public:
  template <typename Coder>
  std::uint64_t code_count(Coder& coder, std::uint64_t count) {
    return numbers_.code(coder, count);
  }
  /// Where it begins, the size of its row, and how many columns it has, which is returned.
  template <typename Coder>
  std::uint64_t code_columns(Coder& coder, NumberTable& table, std::uint64_t begin_before) {
    table.begin = begin_before + numbers_.code(coder, table.begin - begin_before);
    row_ = numbers_.code(coder, table.row);
    return numbers_.code(coder, table.columns.size());
  }
  [[nodiscard]] std::uint64_t row() const { return row_; }
  /// Where the column begins after the end of the one before, and what it is.
  struct Form {
    std::uint64_t gap;
    std::uint64_t width;
    bool is_big_endian;
  };
  template <typename Coder>
  Form code_column(Coder& coder, const Form& form) {
    const std::uint64_t gap = numbers_.code(coder, form.gap);
    const std::uint64_t kind =
        numbers_.code(coder, 2 * (form.width - 1) + (form.is_big_endian ? 1 : 0));
    return {gap, kind / 2 + 1, kind % 2 == 1};
  }

 private:
  NumberModel numbers_;
  std::uint64_t row_ = 0;
};

/// All of a plan, for a writer.
template <typename Writer>
void code_tables(Writer& coder, std::span<const NumberTable> tables) {
  NumberTableModel model;
  model.code_count(coder, tables.size());
  std::uint64_t begin = 0;
  for (NumberTable table : tables) {
    model.code_columns(coder, table, begin);
    begin = table.begin;
    std::uint64_t end = 0;
    for (const TableColumn& column : table.columns) {
      model.code_column(coder, {column.offset - end, column.width, column.is_big_endian});
      end = column.offset + column.width;
    }
  }
}

/// Codes the operations of a segment one by one.
class OperationModel {
 public:
  explicit OperationModel(Models models) : knows_repeats_(models == Models::lean) {}

  /// `before` are all operations that were coded before.
  template <typename Coder>
  Operation code(Coder& coder, const Operation& operation, std::span<const Operation> before) {
    if (knows_repeats_ && !before.empty()) repeats_.add(before);
    const auto expected = knows_repeats_ ? repeats_.expected(before) : std::nullopt;
    if (!expected) return code_new(coder, operation);
    const bool comes = code_bit(coder, repeats_.chance(), *expected == operation ? 1 : 0) != 0;
    repeats_.learn(comes);
    if (!comes) return code_new(coder, operation);
    place_ += expected->literal;
    use_diagonal(expected->position - place_);
    place_ += expected->copy;
    last_copy_class_ = class_of(expected->copy);
    return *expected;
  }

 private:
  template <typename Coder>
  Operation code_new(Coder& coder, const Operation& operation) {
    Operation coded;
    coded.literal = literals_[last_copy_class_].code(coder, operation.literal);
    const unsigned literal_class = class_of(coded.literal);
    coded.copy = copies_[literal_class][last_copy_class_].code(coder, operation.copy);
    last_copy_class_ = class_of(coded.copy);
    place_ += coded.literal;
    if (coded.copy > 0) coded.position = position(coder, operation.position, literal_class);
    place_ += coded.copy;
    return coded;
  }

  static constexpr std::size_t kDiagonals = 8;
  static constexpr unsigned kClasses = 8;

  static unsigned class_of(std::uint64_t length) {
    constexpr std::array<unsigned, 13> kClassOfWidth{0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6};
    const auto width = static_cast<std::size_t>(std::bit_width(length));
    return width < kClassOfWidth.size() ? kClassOfWidth[width] : 7;
  }

  /// Where old and new lie side by side: mostly as before, or as they did some copies ago.
  template <typename Coder>
  std::uint64_t position(Coder& coder, std::uint64_t position, unsigned literal_class) {
    const std::uint64_t wanted = position - place_;
    std::size_t known = 0;
    if constexpr (Coder::kWrites) {
      while (known < diagonals_.size() && diagonals_[known] != wanted) ++known;
    }
    const unsigned copy_class = last_copy_class_;
    std::size_t i = 0;
    for (; i < diagonals_.size(); ++i) {
      if (code_bit(coder, is_known_[i][i < 2 ? copy_class : 0][literal_class],
                   known == i ? 1 : 0) != 0)
        break;
    }
    const std::uint64_t expected = diagonals_.empty() ? 0 : diagonals_.front();
    const std::uint64_t diagonal =
        i < diagonals_.size() ? diagonals_[i] : jumps_[copy_class].code(coder, wanted, expected);
    use_diagonal(diagonal);
    return place_ + diagonal;
  }

  void use_diagonal(std::uint64_t diagonal) {
    const auto known = std::ranges::find(diagonals_, diagonal);
    if (known != diagonals_.end()) diagonals_.erase(known);
    diagonals_.push_front(diagonal);
    if (diagonals_.size() > kDiagonals) diagonals_.pop_back();
  }

  bool knows_repeats_;
  OperationRepeats repeats_;
  std::array<NumberModel, kClasses> literals_;
  std::array<std::array<NumberModel, kClasses>, kClasses> copies_;
  std::array<DistanceModel, kClasses> jumps_;
  std::array<std::array<std::array<Probability, kClasses>, kClasses>, kDiagonals> is_known_;
  std::deque<std::uint64_t> diagonals_;  // the last used first
  std::uint64_t place_ = 0;              // in the new stream of the segment
  unsigned last_copy_class_ = 0;
};

/// Codes the modes of a file in runs.
class ModeModel {
 public:
  /// Gives the number of runs; one more than `most` if there are more.
  template <typename Coder>
  std::uint64_t code(Coder& coder, Modes& modes, std::uint64_t most) {
    unsigned before = 0;
    std::uint64_t runs = 0;
    for (std::size_t at = 0; at < modes.size();) {
      if (++runs > most) break;
      const auto present =
          static_cast<unsigned>(next_[before].code(coder, static_cast<std::uint32_t>(modes[at])));
      std::size_t run = 1;
      if constexpr (Coder::kWrites) {
        while (at + run < modes.size() && modes[at + run] == modes[at]) ++run;
      }
      run = static_cast<std::size_t>(std::min<std::uint64_t>(
                runs_[before * 4 + present].code(coder, run - 1), modes.size() - at - 1)) +
            1;
      const Mode mode = present < kModes ? static_cast<Mode>(present) : Mode::plain;
      std::fill_n(modes.begin() + static_cast<std::ptrdiff_t>(at), run, mode);
      at += run;
      before = present;
    }
    return runs;
  }

 private:
  std::array<BitTree<2>, 4> next_;
  std::array<NumberModel, 16> runs_;
};

}  // namespace xppkg::delta
