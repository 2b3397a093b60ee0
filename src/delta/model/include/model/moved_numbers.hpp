#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace xppkg::delta {

/// Foresees what the decimal numbers of copied text have become: those of one column, such as the
/// offsets in a list of files, mostly move by the same step (DELTA §6.14). Takes rows block by
/// block: `block`, `foresee`, and `learn` when the new bytes are known.
class MovedNumbers {
 public:
  /// The size of the next block of a row, of which this is the rest; below 4 kMost.
  [[nodiscard]] std::size_t block(ByteView row) const;
  /// The bytes that a block of old bytes is expected to have become; valid until the next call.
  ByteView foresee(ByteView old_bytes);
  /// Takes the bytes that it has become.
  void learn(ByteView new_bytes);

 private:
  /// Blocks are short where what is foreseen was wrong, so that it is soon right.
  static constexpr std::size_t kLeast = 32;
  static constexpr std::size_t kMost = 1024;
  static constexpr unsigned kColumnsLog = 12;

  /// How the numbers of a column move: `change` until two in a row have moved otherwise, alike.
  struct Column {
    std::int64_t change = 0;
    std::int64_t candidate = 0;
    std::uint32_t score = 0;
    void learn(std::int64_t actual);
  };
  struct Number {
    std::size_t begin = 0;  // in the block
    std::size_t size = 0;
    std::int64_t value = 0;
    std::size_t by_text = 0;   // the column by the text before it
    std::size_t by_field = 0;  // and by its field in the line
  };

  /// Takes in an old byte that is no digit, or a number as a 0.
  void pass(std::uint8_t byte);
  void add_number(ByteView old_bytes, std::size_t begin, std::size_t size);

  std::vector<Column> columns_ = std::vector<Column>(std::size_t{2} << kColumnsLog);
  std::uint32_t text_ = 0;   // the last four that were passed
  std::uint32_t field_ = 0;  // separators since the line began
  std::size_t most_ = kLeast;
  std::vector<Number> numbers_;  // of the block
  Bytes expected_;               // the block
};

}  // namespace xppkg::delta
