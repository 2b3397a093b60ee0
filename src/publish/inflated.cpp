#include "inflated.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kPiece = 256 * 1024;

/// The state of zlib for as long as it lives.
class Inflation {
 public:
  explicit Inflation(Compressed form) {
    constexpr int kGzip = 16 + MAX_WBITS;
    const int window = form == Compressed::gzip ? kGzip : -MAX_WBITS;
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream_); }

  void feed(MutableByteView input) {
    stream_.next_in = input.data();
    stream_.avail_in = static_cast<uInt>(input.size());
  }
  [[nodiscard]] bool is_hungry() const { return stream_.avail_in == 0; }

  /// Bytes that came out; false in `is_sound` at the end of the last member and at damage.
  std::size_t run(MutableByteView output, Compressed form, bool& is_sound) {
    stream_.next_out = output.data();
    stream_.avail_out = static_cast<uInt>(output.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t got = output.size() - stream_.avail_out;
    if (result == Z_STREAM_END && form == Compressed::gzip) {
      is_sound = inflateReset(&stream_) == Z_OK;  // Another member may follow.
    } else {
      is_sound = result == Z_OK || result == Z_BUF_ERROR;
    }
    return got;
  }

 private:
  z_stream stream_{};
};

}  // namespace

void inflate_into(const Extent& extent, Compressed form, std::uint64_t& most, Sink& out,
                  const std::function<bool()>& is_ended) {
  Inflation inflation(form);
  Bytes input;
  Bytes output(kPiece);
  std::uint64_t at = extent.begin;
  while (most > 0 && !is_ended()) {
    if (inflation.is_hungry()) {
      input.resize(static_cast<std::size_t>(std::min(kPiece, extent.end - at)));
      if (input.empty()) return;
      extent.file.read_at(at, input);
      at += input.size();
      inflation.feed(input);
    }
    bool is_sound = true;
    do {
      const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(most, output.size()));
      const std::size_t got = inflation.run(MutableByteView(output).first(room), form, is_sound);
      out.write(ByteView(output).first(got));
      most -= got;
      if (got < room) break;
    } while (is_sound && most > 0 && !is_ended());
    if (!is_sound) return;
  }
}

void copy_into(const Extent& extent, std::uint64_t& most, Sink& out,
               const std::function<bool()>& is_ended) {
  Bytes piece;
  for (std::uint64_t at = extent.begin; at < extent.end && most > 0 && !is_ended();
       at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min({kPiece, extent.end - at, most})));
    extent.file.read_at(at, piece);
    most -= piece.size();
    out.write(piece);
  }
}

}  // namespace xppkg::publish
