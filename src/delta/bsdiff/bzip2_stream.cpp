#include "bzip2_stream.hpp"

#include <algorithm>

#include "wire/format.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr int kLargestBlocks = 9;

void require(int result, int expected) {
  if (result == expected) return;
  if (result == BZ_MEM_ERROR) throw Error(Code::process_limit, {{"cause", "no memory"}});
  throw Error(Code::internal, {{"bzip2", std::to_string(result)}});
}

/// libbz2 takes pointers to bytes of text, and does not write through the one to its input.
char* as_chars(const std::uint8_t* bytes) {
  return const_cast<char*>(reinterpret_cast<const char*>(bytes));
}

}  // namespace

Bzip2Reader::Bzip2Reader(const RandomReader& file, std::uint64_t offset, std::uint64_t size)
    : file_(file), offset_(offset), left_(size) {
  require(BZ2_bzDecompressInit(&stream_, 0, 0), BZ_OK);
}

Bzip2Reader::~Bzip2Reader() {
  BZ2_bzDecompressEnd(&stream_);
}

void Bzip2Reader::read(MutableByteView out) {
  while (!out.empty()) {
    if (ended_) fail("a stream that ends too early");
    if (stream_.avail_in == 0) load_input();
    const std::size_t room = std::min(out.size(), kPiece);
    stream_.next_out = reinterpret_cast<char*>(out.data());
    stream_.avail_out = static_cast<unsigned>(room);
    const int result = BZ2_bzDecompress(&stream_);
    if (result != BZ_OK && result != BZ_STREAM_END) fail("a stream that is not bzip2's");
    const std::size_t produced = room - stream_.avail_out;
    out = out.subspan(produced);
    ended_ = result == BZ_STREAM_END;
    if (produced == 0 && stream_.avail_in == 0 && left_ == 0) fail("a stream that ends too early");
  }
}

void Bzip2Reader::load_input() {
  input_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, left_)));
  file_.read_at(offset_, input_);
  offset_ += input_.size();
  left_ -= input_.size();
  stream_.next_in = as_chars(input_.data());
  stream_.avail_in = static_cast<unsigned>(input_.size());
}

void Bzip2Reader::fail(std::string_view reason) const {
  corrupt(reason, offset_ - stream_.avail_in);
}

Bzip2Writer::Bzip2Writer() : buffer_(kPiece) {
  require(BZ2_bzCompressInit(&stream_, kLargestBlocks, 0, 0), BZ_OK);
}

Bzip2Writer::~Bzip2Writer() {
  BZ2_bzCompressEnd(&stream_);
}

void Bzip2Writer::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
    bytes = bytes.subspan(piece.size());
    stream_.next_in = as_chars(piece.data());
    stream_.avail_in = static_cast<unsigned>(piece.size());
    while (stream_.avail_in > 0) step(BZ_RUN);
  }
}

Bytes Bzip2Writer::finish() {
  while (!step(BZ_FINISH)) continue;
  return std::move(out_);
}

bool Bzip2Writer::step(int action) {
  stream_.next_out = reinterpret_cast<char*>(buffer_.data());
  stream_.avail_out = static_cast<unsigned>(buffer_.size());
  const int result = BZ2_bzCompress(&stream_, action);
  if (result != BZ_STREAM_END) require(result, action == BZ_RUN ? BZ_RUN_OK : BZ_FINISH_OK);
  const auto produced = static_cast<std::ptrdiff_t>(buffer_.size() - stream_.avail_out);
  out_.insert(out_.end(), buffer_.begin(), buffer_.begin() + produced);
  return result == BZ_STREAM_END;
}

}  // namespace xppkg::delta
