#include "coding/range_coder.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kPiece = 16 * 1024;

}  // namespace

Bytes RangeWriter::finish() {
  // Any number of the interval will do, so take the one with the most zeros at its end.
  for (unsigned kept = 0; kept <= 32; kept += 8) {
    const std::uint64_t unit = std::uint64_t{1} << (32 - kept);
    const std::uint64_t rounded = (low_ + unit - 1) / unit * unit;
    if (rounded > high_) continue;
    for (unsigned i = 0; i < kept; i += 8) {
      bytes_.push_back(static_cast<std::uint8_t>(rounded >> (24 - i)));
    }
    break;
  }
  while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
  return std::move(bytes_);
}

RangeReader::RangeReader(const RandomReader& payload, std::uint64_t offset, std::uint64_t length)
    : payload_(payload), offset_(offset), left_(length) {
  for (int i = 0; i < 4; ++i) value_ = value_ << 8 | next();
}

void RangeReader::load() {
  buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPiece)));
  payload_.read_at(offset_, buffer_);
  offset_ += buffer_.size();
  left_ -= buffer_.size();
  at_ = 0;
}

}  // namespace xppkg::delta
