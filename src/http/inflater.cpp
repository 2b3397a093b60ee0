#include "inflater.hpp"

#include <algorithm>
#include <new>

#include "xppkg/error.hpp"

namespace xppkg::http {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

[[noreturn]] void damaged(const char* reason) {
  throw Error(Code::transport_encoding, {{"reason", reason}});
}

bool is_gzip(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

bool is_zlib(ByteView bytes) {
  return bytes.size() >= 2 && (bytes[0] & 0x0f) == Z_DEFLATED &&
         (bytes[0] * 256 + bytes[1]) % 31 == 0;
}

}  // namespace

Inflater::Inflater(Form form, std::uint64_t most_input) : form_(form), input_left_(most_input) {}

Inflater::~Inflater() {
  if (has_begun_ && !is_plain_) inflateEnd(&stream_);
}

/// Appends bytes of the body to those that are not decoded yet; false at its end.
bool Inflater::fill(Body& body) {
  if (stream_.avail_in > 0 && stream_.next_in != input_.data()) {
    const auto used = static_cast<std::ptrdiff_t>(input_.size() - stream_.avail_in);
    input_.erase(input_.begin(), input_.begin() + used);
  } else if (stream_.avail_in == 0) {
    input_.clear();
  }
  const std::size_t kept = input_.size();
  input_.resize(kept + kPiece);
  const std::size_t got = body.read(MutableByteView(input_).subspan(kept));
  input_.resize(kept + got);
  stream_.next_in = input_.data();
  stream_.avail_in = static_cast<uInt>(input_.size());
  if (got > input_left_) damaged("more compressed bytes than the file can have");
  input_left_ -= got;
  return got > 0;
}

/// Looks at the first two bytes: what they are counts more than what the header calls them.
void Inflater::begin(Body& body) {
  while (stream_.avail_in < 2 && fill(body)) {
  }
  const ByteView start(stream_.next_in, stream_.avail_in);
  is_plain_ = form_ == Form::gzip && !is_gzip(start);
  has_begun_ = true;
  if (is_plain_) return;
  constexpr int kEither = 32 + MAX_WBITS;
  const int window = !is_gzip(start) && !is_zlib(start) ? -MAX_WBITS : kEither;
  if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
}

std::size_t Inflater::pass_on(MutableByteView out) {
  const std::size_t size = std::min<std::size_t>(out.size(), stream_.avail_in);
  std::copy_n(stream_.next_in, size, out.begin());
  stream_.next_in += size;
  stream_.avail_in -= static_cast<uInt>(size);
  return size;
}

std::size_t Inflater::inflate_some(MutableByteView out) {
  if (is_whole_) {
    // Another member follows, or what some servers put behind the last one.
    if (form_ != Form::gzip || *stream_.next_in != 0x1f) {
      stream_.avail_in = 0;
      return 0;
    }
    inflateReset(&stream_);
    is_whole_ = false;
  }
  stream_.next_out = out.data();
  stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), 1 << 20));
  const uInt room = stream_.avail_out;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  is_whole_ = result == Z_STREAM_END;
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    damaged("the compressed data is damaged");
  }
  return room - stream_.avail_out;
}

std::size_t Inflater::read(Body& body, MutableByteView out) {
  if (!has_begun_) begin(body);
  while (!out.empty()) {
    if (stream_.avail_in == 0 && !fill(body)) {
      if (is_plain_ || is_whole_) return 0;
      throw Error(Code::transport_truncated, {{"cause", "the compressed data ends too early"}});
    }
    const std::size_t got = is_plain_ ? pass_on(out) : inflate_some(out);
    if (got > 0) return got;
  }
  return 0;
}

}  // namespace xppkg::http
