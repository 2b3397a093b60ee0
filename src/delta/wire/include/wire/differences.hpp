#pragma once

#include <optional>

#include "wire/zstd_stream.hpp"

namespace xppkg::delta {

/// Collects how the copied bytes of one segment differ from the old ones (DELTA §5.2). All copied
/// bytes of the segment are one string, whatever the copies. A gap counts equal bytes; then a word
/// of four bytes (fewer at the end of the string) is corrected by the difference of the two as
/// numbers: so that all references that moved by the same distance have the same difference.
class DifferenceWriter {
 public:
  /// `old_bytes` and `new_bytes` are one copy and have the same size.
  void add(ByteView old_bytes, ByteView new_bytes);
  /// Ends the string. Call it once, before the streams are taken.
  void finish();

  [[nodiscard]] Bytes take_gaps() { return gaps_.take(); }
  [[nodiscard]] Bytes take_words() { return words_.take(); }

 private:
  void end_word();

  ByteWriter gaps_;
  ByteWriter words_;
  std::uint64_t gap_ = 0;
  unsigned word_size_ = 0;  // bytes of the present word so far; 0: within a gap
  std::uint64_t old_word_ = 0;
  std::uint64_t new_word_ = 0;
};

/// Corrects the copied bytes of one segment, in order and in pieces of any size.
class DifferenceReader {
 public:
  /// The streams are at their beginnings and must outlive this. The segment lies at `offset`.
  DifferenceReader(StreamReader& gaps, StreamReader& words, std::uint64_t offset);

  /// Turns old bytes into new ones. Throws Error{corrupt_payload}.
  void apply(MutableByteView bytes);
  /// Throws Error{corrupt_payload} if there are differences beyond the last copy.
  void finish();

 private:
  void begin_gap();
  void begin_word();
  void correct(std::uint8_t& byte);

  StreamReader& gaps_;
  StreamReader& words_;
  std::uint64_t offset_;
  std::optional<std::uint64_t>
      gap_;                       // equal bytes to come; nothing: within a word, or all the rest
  unsigned word_left_ = 0;        // bytes of the present word to come
  std::uint32_t difference_ = 0;  // still to be added to them, with the carry
};

}  // namespace xppkg::delta
