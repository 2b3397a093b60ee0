#include "number_tables.hpp"

#include <algorithm>
#include <span>

#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

/// Parts of the file that are looked at: a table shows itself in few rows.
constexpr std::size_t kWindow = 8 * 1024;
constexpr std::size_t kWindows = 6;
constexpr std::size_t kMostRow = 128;
constexpr std::size_t kLeastRows = 16;
constexpr std::size_t kLeastDifferences = 16;

/// A piece of both files side by side.
class Window {
 public:
  Window(ByteView old_bytes, ByteView new_bytes) : old_(old_bytes), new_(new_bytes) {
    for (std::size_t i = 0; i < old_.size(); ++i) {
      differences_.push_back(static_cast<std::uint8_t>(new_[i] - old_[i]));
      if (differences_.back() != 0) ++count_;
    }
  }

  /// Bytes that differ.
  [[nodiscard]] std::size_t count() const { return count_; }

  /// The least size of a row after which differences mostly are the same again; 0 if there is none.
  [[nodiscard]] std::size_t row() const {
    std::vector<std::size_t> hits(std::min(kMostRow, old_.size() / kLeastRows) + 1);
    for (std::size_t size = 1; size < hits.size(); ++size) hits[size] = repeated(size);
    const std::size_t most = *std::ranges::max_element(hits);
    if (most * 3 < count_) return 0;
    const auto first =
        std::ranges::find_if(hits, [&](std::size_t found) { return found * 16 >= most * 15; });
    return static_cast<std::size_t>(first - hits.begin());
  }

  struct Found {
    std::size_t place = 0;
    TableColumn column;
    std::int64_t worth = 0;
  };
  /// The column with the most differences that the step of the row before foresees, in places of a
  /// row that are free; at places of a row that goes round.
  [[nodiscard]] Found best_column(std::size_t row, const std::vector<bool>& is_free) const {
    Found best;
    for (std::size_t place = 0; place < row; ++place) {
      for (std::uint32_t width = 1; width <= std::min(kMaxColumnWidth, std::uint64_t{row});
           ++width) {
        if (!is_free[(place + width - 1) % row]) break;
        for (const bool is_big_endian : {false, true}) {
          const TableColumn column{0, width, is_big_endian};
          const std::int64_t worth = worth_of(row, place, column);
          // Of equals the widest: a carry may go further than in this piece.
          const bool is_wider = place == best.place && worth == best.worth;
          if (worth > best.worth || (worth > 0 && is_wider)) best = {place, column, worth};
        }
      }
    }
    return best;
  }

 private:
  [[nodiscard]] std::size_t repeated(std::size_t row) const {
    std::size_t count = 0;
    for (std::size_t i = row; i < differences_.size(); ++i) {
      if (differences_[i] != 0 && differences_[i] == differences_[i - row]) ++count;
    }
    return count;
  }

  /// Differences that are foreseen, less bytes that would be wrong and were right.
  [[nodiscard]] std::int64_t worth_of(std::size_t row, std::size_t place,
                                      const TableColumn& column) const {
    std::int64_t worth = 0;
    std::uint64_t before = 0;
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * column.width);
    for (std::size_t at = place; at + column.width <= old_.size(); at += row) {
      const std::uint64_t change =
          (read_number(new_.subspan(at, column.width), column.is_big_endian) -
           read_number(old_.subspan(at, column.width), column.is_big_endian)) &
          mask;
      std::int64_t differing = 0;
      for (std::size_t i = at; i < at + column.width; ++i)
        differing += differences_[i] != 0 ? 1 : 0;
      worth += change == before ? differing : differing - std::int64_t{column.width};
      before = change;
    }
    return worth;
  }

  ByteView old_;
  ByteView new_;
  Bytes differences_;
  std::size_t count_ = 0;
};

/// Columns at places of a row that goes round, as a table whose rows begin with the first of them.
NumberTable table_of(std::vector<Window::Found> found, std::size_t row, std::uint64_t window) {
  std::ranges::sort(found, {}, &Window::Found::place);
  // A column may lie over the end of what was taken for a row: the row begins with that.
  const std::size_t first = found.back().place + found.back().column.width > row
                                ? found.back().place
                                : found.front().place;
  NumberTable table;
  table.row = static_cast<std::uint32_t>(row);
  table.begin = (window + first) % row;
  for (const Window::Found& one : found) {
    table.columns.push_back(one.column);
    table.columns.back().offset = static_cast<std::uint32_t>((one.place + row - first) % row);
  }
  std::ranges::sort(table.columns, {}, &TableColumn::offset);
  return table;
}

std::optional<NumberTable> table_in(const Window& window, std::uint64_t begin) {
  if (window.count() < kLeastDifferences) return std::nullopt;
  const std::size_t row = window.row();
  if (row == 0) return std::nullopt;
  std::vector<bool> is_free(row, true);
  std::vector<Window::Found> found;
  std::int64_t foreseen = 0;
  const auto least =
      static_cast<std::int64_t>(std::max(kLeastDifferences / 2, window.count() / 32));
  while (found.size() < kMaxTableColumns) {
    const Window::Found one = window.best_column(row, is_free);
    if (one.worth < least) break;
    for (std::size_t i = 0; i < one.column.width; ++i) is_free[(one.place + i) % row] = false;
    foreseen += one.worth;
    found.push_back(one);
  }
  if (found.empty() || foreseen * 2 < static_cast<std::int64_t>(window.count()))
    return std::nullopt;
  return table_of(std::move(found), row, begin);
}

}  // namespace

std::size_t wrong_bytes(const NumberTable& table, ByteView old_bytes, ByteView new_bytes) {
  MovedColumns columns(std::vector<NumberTable>{table});
  std::size_t count = 0;
  for (std::size_t at = 0; at < old_bytes.size();) {
    const std::size_t size = columns.block(at, old_bytes.size() - at);
    const ByteView made = new_bytes.subspan(at, size);
    const ByteView expected = columns.foresee(at, old_bytes.subspan(at, size));
    for (std::size_t i = 0; i < size; ++i) {
      if (made[i] != expected[i]) ++count;
    }
    columns.learn(made);
    at += size;
  }
  return count;
}

std::optional<NumberTable> find_table(ByteView old_bytes, ByteView new_bytes) {
  const std::size_t size = std::min(kWindow, old_bytes.size());
  const std::size_t last = old_bytes.size() - size;
  std::optional<NumberTable> best;
  std::size_t least = 0;
  for (std::size_t i = 0; i < kWindows; ++i) {
    const std::size_t at = last * i / (kWindows - 1);
    auto table = table_in(Window(old_bytes.subspan(at, size), new_bytes.subspan(at, size)), at);
    if (table) {
      const std::size_t wrong = wrong_bytes(*table, old_bytes, new_bytes);
      if (!best || wrong < least) {
        best = std::move(table);
        least = wrong;
      }
    }
    if (last == 0) break;
  }
  return best;
}

}  // namespace xppkg::delta
