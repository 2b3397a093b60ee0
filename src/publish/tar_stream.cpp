#include "tar_stream.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "secret_texts.hpp"

namespace xppkg::publish {
namespace {

constexpr std::size_t kMostInMemory = 32 * 1024 * 1024;
constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSizeBytes = 12;
constexpr std::size_t kMagicAt = 257;

/// Octal digits, or, for large files, the bytes of the number behind a set bit.
std::uint64_t size_in(ByteView header) {
  const ByteView field = header.subspan(kSizeAt, kSizeBytes);
  std::uint64_t size = 0;
  if ((field.front() & 0x80U) != 0) {
    for (const std::uint8_t byte : field.last(8)) size = size << 8U | byte;
    return size;
  }
  for (const std::uint8_t byte : field) {
    if (byte >= '0' && byte <= '7') size = size << 3U | (byte - '0');
  }
  return size;
}

std::string name_in(ByteView header) {
  const std::string_view field = as_text(header.first(kNameBytes));
  return std::string(field.substr(0, field.find('\0')));
}

}  // namespace

void PieceSink::show() {
  has_more_ = false;
  is_ended_ = visit_(name_, BufferReader(bytes_));
  const std::size_t kept = std::min(bytes_.size(), kLongestKey);
  bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(kept));
}

void PieceSink::write(ByteView bytes) {
  while (!bytes.empty() && !is_ended_) {
    const std::size_t size = std::min(bytes.size(), kMostInMemory - bytes_.size());
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
    has_more_ = true;
    if (bytes_.size() == kMostInMemory) show();
  }
}

void PieceSink::finish() {
  if (has_more_ && !is_ended_) show();
}

bool is_tar(ByteView start) {
  return start.size() >= kBlock && as_text(start.subspan(kMagicAt, 5)) == "ustar";
}

void TarStream::begin_file() {
  // Archives end with empty blocks; some go on behind them.
  if (is_tar(header_)) {
    left_ = size_in(header_);
    padding_ = (kBlock - left_ % kBlock) % kBlock;
    file_ = std::make_unique<PieceSink>(name_in(header_), visit_);
  }
  header_.clear();
}

void TarStream::end_file() {
  file_->finish();
  is_ended_ = file_->is_ended();
  file_.reset();
}

void TarStream::write(ByteView bytes) {
  const auto take = [&](std::uint64_t most) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes.size()));
    const ByteView taken = bytes.first(size);
    bytes = bytes.subspan(size);
    return taken;
  };
  while (!bytes.empty() && !is_ended_) {
    if (file_) {
      const ByteView taken = take(left_);
      file_->write(taken);
      left_ -= taken.size();
      if (left_ == 0) end_file();
    } else if (padding_ > 0) {
      padding_ -= take(padding_).size();
    } else {
      const ByteView taken = take(kBlock - header_.size());
      header_.insert(header_.end(), taken.begin(), taken.end());
      if (header_.size() == kBlock) begin_file();
    }
  }
}

void TarStream::finish() {
  if (file_ && !is_ended_) end_file();
}

}  // namespace xppkg::publish
