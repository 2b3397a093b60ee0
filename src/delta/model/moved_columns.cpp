#include "model/moved_columns.hpp"

#include <algorithm>
#include <utility>

namespace xppkg::delta {
namespace {

/// Of a width, without what is above it.
std::uint64_t cut(std::uint64_t value, std::uint32_t width) {
  return width == 8 ? value : value & ((std::uint64_t{1} << 8 * width) - 1);
}

}  // namespace

std::uint64_t read_number(ByteView bytes, bool is_big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value = value << 8 | bytes[is_big_endian ? i : bytes.size() - 1 - i];
  }
  return value;
}

void write_number(std::uint64_t value, MutableByteView bytes, bool is_big_endian) {
  for (std::size_t i = 0; i < bytes.size(); ++i, value >>= 8) {
    bytes[is_big_endian ? bytes.size() - 1 - i : i] = static_cast<std::uint8_t>(value);
  }
}

void MovedColumns::Movement::learn(std::uint64_t actual) {
  if (actual == change) return;
  if (actual == candidate) change = actual;
  candidate = actual;
}

MovedColumns::MovedColumns(std::vector<NumberTable> tables) : tables_(std::move(tables)) {
  for (const NumberTable& table : tables_) movements_.emplace_back(table.columns.size());
}

std::size_t MovedColumns::table_at(std::uint64_t place) const {
  const auto after = std::ranges::upper_bound(tables_, place, {}, &NumberTable::begin);
  if (after == tables_.begin() || std::prev(after)->row == 0) return tables_.size();
  return static_cast<std::size_t>(after - tables_.begin()) - 1;
}

std::size_t MovedColumns::block(std::uint64_t place, std::size_t left) const {
  const auto next = std::ranges::upper_bound(tables_, place, {}, &NumberTable::begin);
  std::uint64_t size = left;
  if (next != tables_.end()) size = std::min(size, next->begin - place);
  const std::size_t present = table_at(place);
  if (present == tables_.size()) return static_cast<std::size_t>(size);
  const std::uint64_t row = tables_[present].row;
  // Rows are not cut.
  const std::uint64_t done = place - tables_[present].begin;
  const std::uint64_t wanted = (done + most_ + row - 1) / row * row - done;
  return static_cast<std::size_t>(std::min(size, wanted));
}

ByteView MovedColumns::foresee(std::uint64_t place, ByteView old_bytes) {
  numbers_.clear();
  present_ = table_at(place);
  if (present_ == tables_.size()) return old_bytes;
  expected_.assign(old_bytes.begin(), old_bytes.end());
  const NumberTable& table = tables_[present_];
  const std::uint64_t skipped = (place - table.begin) % table.row;
  for (std::uint64_t row = 0; row < skipped + old_bytes.size(); row += table.row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const TableColumn& column = table.columns[i];
      const std::uint64_t at = row + column.offset;
      if (at < skipped || at + column.width > skipped + old_bytes.size()) continue;
      const auto begin = static_cast<std::size_t>(at - skipped);
      const std::uint64_t value =
          read_number(old_bytes.subspan(begin, column.width), column.is_big_endian);
      numbers_.push_back({begin, i, value});
      write_number(value + movements_[present_][i].change,
                   MutableByteView(expected_).subspan(begin, column.width), column.is_big_endian);
    }
  }
  return expected_;
}

void MovedColumns::learn(ByteView new_bytes) {
  if (present_ == tables_.size()) return;
  for (const Number& number : numbers_) {
    const TableColumn& column = tables_[present_].columns[number.column];
    const std::uint64_t value =
        read_number(new_bytes.subspan(number.begin, column.width), column.is_big_endian);
    movements_[present_][number.column].learn(cut(value - number.value, column.width));
  }
  const bool is_right = std::ranges::equal(new_bytes, expected_);
  most_ = is_right ? std::min(2 * most_, kMost) : kLeast;
}

}  // namespace xppkg::delta
