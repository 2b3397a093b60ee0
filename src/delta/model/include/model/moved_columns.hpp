#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// Numbers of a table, one in each of its rows.
struct TableColumn {
  std::uint32_t offset = 0;  ///< in the row
  std::uint32_t width = 1;   ///< bytes, 1 to 8
  bool is_big_endian = false;
  bool operator==(const TableColumn&) const = default;
};

/// Rows of one size, from a place of the old image to where the next table begins.
struct NumberTable {
  std::uint64_t begin = 0;
  std::uint32_t row = 0;             ///< its size; 0: no table
  std::vector<TableColumn> columns;  ///< ascending; none overlaps another
  bool operator==(const NumberTable&) const = default;
};

/// Foresees what the numbers of tables have become: those of a column mostly move by the same step
/// (DELTA §6.15). Takes rows of old bytes block by block, as MovedNumbers does.
class MovedColumns {
 public:
  explicit MovedColumns(std::vector<NumberTable> tables);

  /// The size of the next block of `left` old bytes from `place` on.
  [[nodiscard]] std::size_t block(std::uint64_t place, std::size_t left) const;
  /// The bytes that a block is expected to have become; valid until the next call.
  ByteView foresee(std::uint64_t place, ByteView old_bytes);
  /// Takes the bytes that it has become.
  void learn(ByteView new_bytes);

 private:
  static constexpr std::size_t kLeast = 32;
  static constexpr std::size_t kMost = 1024;

  /// How a column moves: `change` until two numbers in a row have moved otherwise, alike.
  struct Movement {
    std::uint64_t change = 0;
    std::uint64_t candidate = 0;
    void learn(std::uint64_t actual);
  };
  struct Number {
    std::size_t begin = 0;  // in the block
    std::size_t column = 0;
    std::uint64_t value = 0;
  };

  /// The number of the table that has the place; none: that of all tables.
  [[nodiscard]] std::size_t table_at(std::uint64_t place) const;

  std::vector<NumberTable> tables_;
  std::vector<std::vector<Movement>> movements_;  // of each table's columns
  std::size_t present_ = 0;                       // the table of the block
  std::size_t most_ = kLeast;
  std::vector<Number> numbers_;  // of the block
  Bytes expected_;               // the block
};

/// The number that the bytes of a column are, and back.
std::uint64_t read_number(ByteView bytes, bool is_big_endian);
void write_number(std::uint64_t value, MutableByteView bytes, bool is_big_endian);

}  // namespace xppkg::delta
