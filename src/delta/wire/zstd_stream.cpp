#include "wire/zstd_stream.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "wire/format.hpp"
#include "wire/packed.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kCompressPiece = 1024 * 1024;
constexpr std::size_t kLongestVarint = 10;
constexpr std::array<std::uint8_t, 4> kFrameMagic{0x28, 0xb5, 0x2f, 0xfd};

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

std::size_t check(std::size_t result) {
  if (ZSTD_isError(result) == 0) return result;
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) {
    throw Error(Code::process_limit, {{"cause", "no memory"}});
  }
  throw Error(Code::internal, {{"zstd", ZSTD_getErrorName(result)}});
}

/// Whether most of the bytes are compressed already: a high level would take much time and memory
/// to gain next to nothing.
bool are_mostly_packed(ByteView bytes) {
  const std::size_t pieces = bytes.size() / kPackedPiece;
  std::size_t packed = 0;
  for (std::size_t i = 0; i < pieces; ++i) {
    if (is_packed(bytes.subspan(i * kPackedPiece, kPackedPiece))) ++packed;
  }
  return packed * 4 > pieces * 3;
}

}  // namespace

Bytes compress(ByteView bytes, const Compression& options,
               const std::function<void(std::size_t)>& advanced, ByteView prefix) {
  if (bytes.empty()) return {};
  const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  if (!context) throw Error(Code::process_limit, {{"cause", "no memory"}});
  constexpr int kLevelOfPacked = 3;
  const bool is_low = options.level > kLevelOfPacked && prefix.empty() && are_mostly_packed(bytes);
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel,
                               is_low ? kLevelOfPacked : options.level));
  // Only long repeats from far away can be found.
  if (is_low) check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, options.window_log));
  check(ZSTD_CCtx_setPledgedSrcSize(context.get(), bytes.size()));
  if (!prefix.empty()) check(ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size()));
  Bytes frame(ZSTD_compressBound(bytes.size()));
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  for (std::size_t unfinished = 1; unfinished != 0;) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kCompressPiece));
    bytes = bytes.subspan(piece.size());
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    unfinished = check(ZSTD_compressStream2(context.get(), &out, &in,
                                            bytes.empty() ? ZSTD_e_end : ZSTD_e_continue));
    if (in.pos != in.size) throw Error(Code::internal, {{"zstd", "the bound is too small"}});
    if (!bytes.empty()) unfinished = 1;
    advanced(piece.size());
  }
  frame.resize(out.pos);
  frame.shrink_to_fit();
  return frame;
}

void StreamReader::FreeContext::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

StreamReader::StreamReader(const RandomReader& payload)
    : payload_(payload), context_(ZSTD_createDCtx()), buffer_(kPiece) {
  if (!context_) throw Error(Code::process_limit, {{"cause", "no memory"}});
}

StreamReader::~StreamReader() = default;

void StreamReader::open(std::uint64_t offset, std::uint64_t length, int window_log,
                        ByteView prefix) {
  check(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_and_parameters));
  check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log));
  if (!prefix.empty()) check(ZSTD_DCtx_refPrefix(context_.get(), prefix.data(), prefix.size()));
  input_.clear();
  input_at_ = begin_ = end_ = 0;
  offset_ = offset;
  left_ = length;
  frame_ended_ = length == 0;
  any_output_ = false;
  if (!frame_ended_) check_magic();
}

// libzstd may also know skippable frames and the formats from before 1.0. A stream is neither.
void StreamReader::check_magic() {
  if (left_ < kFrameMagic.size()) fail("a stream that is no zstd frame");
  load_input();
  if (!std::equal(kFrameMagic.begin(), kFrameMagic.end(), input_.begin())) {
    fail("a stream that is no zstd frame");
  }
}

void StreamReader::load_input() {
  input_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, left_)));
  payload_.read_at(offset_, input_);
  offset_ += input_.size();
  left_ -= input_.size();
  input_at_ = 0;
}

void StreamReader::fill(std::size_t wanted) {
  if (buffered() >= wanted) return;
  std::memmove(buffer_.data(), buffer_.data() + begin_, buffered());
  end_ -= begin_;
  begin_ = 0;
  while (buffered() < wanted && !frame_ended_) decode_some();
}

void StreamReader::decode_some() {
  if (input_at_ == input_.size() && left_ > 0) load_input();
  ZSTD_inBuffer in{input_.data(), input_.size(), input_at_};
  ZSTD_outBuffer out{buffer_.data(), buffer_.size(), end_};
  const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
  if (ZSTD_isError(result) != 0) fail(ZSTD_getErrorName(result));
  any_output_ = any_output_ || out.pos > end_;
  const bool stuck = out.pos == end_ && in.pos == in.size && left_ == 0;
  input_at_ = in.pos;
  end_ = out.pos;
  if (result == 0) return end_frame();
  if (stuck) fail("a stream that ends too early");
}

void StreamReader::end_frame() {
  if (input_at_ != input_.size() || left_ != 0) fail("bytes after the frame of a stream");
  if (!any_output_) fail("an empty frame");
  frame_ended_ = true;
}

bool StreamReader::ended() {
  if (frame_ended_ || buffered() > 0) return buffered() == 0;
  fill(1);
  return buffered() == 0;
}

std::uint64_t StreamReader::varint() {
  fill(kLongestVarint);
  ByteReader reader(ByteView(buffer_).subspan(begin_, std::min(kLongestVarint, buffered())));
  try {
    const std::uint64_t value = reader.varint();
    begin_ += static_cast<std::size_t>(reader.offset());
    return value;
  } catch (const Error& error) {
    fail(error.fact("reason"));  // its offset is one within the number
  }
}

void StreamReader::read(MutableByteView out) {
  while (!out.empty()) {
    fill(1);
    if (buffered() == 0) fail("a stream that ends too early");
    const std::size_t size = std::min(buffered(), out.size());
    std::memcpy(out.data(), buffer_.data() + begin_, size);
    begin_ += size;
    out = out.subspan(size);
  }
}

void StreamReader::finish() {
  if (!ended()) fail("a stream that is too long");
}

void StreamReader::fail(std::string_view reason) const {
  corrupt(reason, offset_ - (input_.size() - input_at_));
}

}  // namespace xppkg::delta
