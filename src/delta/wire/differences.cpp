#include "wire/differences.hpp"

#include <utility>

#include "wire/format.hpp"

namespace xppkg::delta {

void DifferenceWriter::add(ByteView old_bytes, ByteView new_bytes) {
  for (std::size_t i = 0; i < new_bytes.size(); ++i) {
    if (word_size_ == 0 && old_bytes[i] == new_bytes[i]) {
      ++gap_;
      continue;
    }
    if (word_size_ == 0) gaps_.varint(std::exchange(gap_, 0));
    old_word_ |= std::uint64_t{old_bytes[i]} << (8 * word_size_);
    new_word_ |= std::uint64_t{new_bytes[i]} << (8 * word_size_);
    if (++word_size_ == kWordSize) end_word();
  }
}

void DifferenceWriter::finish() {
  if (word_size_ > 0) end_word();
}

void DifferenceWriter::end_word() {
  // As a signed number of the word's own width: shift its top bit to the top, and back with sign.
  const unsigned unused = 64 - 8 * word_size_;
  const auto top = static_cast<std::int64_t>((new_word_ - old_word_) << unused);
  words_.varint(zigzag(static_cast<std::uint64_t>(top >> unused)));
  old_word_ = new_word_ = 0;
  word_size_ = 0;
}

DifferenceReader::DifferenceReader(StreamReader& gaps, StreamReader& words, std::uint64_t offset)
    : gaps_(gaps), words_(words), offset_(offset) {
  begin_gap();
}

void DifferenceReader::begin_gap() {
  gap_ = gaps_.ended() ? std::nullopt : std::optional(gaps_.varint());
}

void DifferenceReader::begin_word() {
  const std::uint64_t code = words_.varint();
  if (code >= std::uint64_t{1} << (8 * kWordSize)) corrupt("a difference over a word", offset_);
  difference_ = static_cast<std::uint32_t>(unzigzag(code));
  if ((difference_ & 0xff) == 0) corrupt("a difference that begins with an equal byte", offset_);
  gap_.reset();
  word_left_ = kWordSize;
}

void DifferenceReader::correct(std::uint8_t& byte) {
  const std::uint32_t sum = (difference_ & 0xff) + byte;
  byte = static_cast<std::uint8_t>(sum);
  difference_ = (difference_ >> 8) + (sum >> 8);
  if (--word_left_ == 0) begin_gap();
}

void DifferenceReader::apply(MutableByteView bytes) {
  while (!bytes.empty()) {
    if (word_left_ > 0) {
      correct(bytes.front());
      bytes = bytes.subspan(1);
      continue;
    }
    if (!gap_) return;
    if (*gap_ >= bytes.size()) {
      *gap_ -= bytes.size();
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(*gap_));
    begin_word();
  }
}

void DifferenceReader::finish() {
  if (gap_) corrupt("a difference past the last copy", offset_);
  gaps_.finish();
  words_.finish();
}

}  // namespace xppkg::delta
