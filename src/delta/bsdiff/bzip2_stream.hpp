#pragma once

#include <bzlib.h>

#include "base/stream.hpp"

namespace xppkg::delta {

/// Reads one bzip2 stream from a range of a file, which must lie within it. Holds 4 MiB at most.
/// The file must outlive this.
class Bzip2Reader {
 public:
  Bzip2Reader(const RandomReader& file, std::uint64_t offset, std::uint64_t size);
  ~Bzip2Reader();
  Bzip2Reader(const Bzip2Reader&) = delete;
  Bzip2Reader& operator=(const Bzip2Reader&) = delete;

  /// Fills the whole of `out`. Bytes after the end of the stream are not looked at. Throws
  /// Error{corrupt_payload} where the stream is damaged or too short.
  void read(MutableByteView out);

 private:
  void load_input();
  [[noreturn]] void fail(std::string_view reason) const;

  const RandomReader& file_;
  std::uint64_t offset_;  // of the next byte to load
  std::uint64_t left_;    // bytes of the range not loaded yet
  Bytes input_;
  bz_stream stream_{};
  bool ended_ = false;
};

/// Compresses bytes as they come into one bzip2 stream, with the largest blocks.
class Bzip2Writer {
 public:
  Bzip2Writer();
  ~Bzip2Writer();
  Bzip2Writer(const Bzip2Writer&) = delete;
  Bzip2Writer& operator=(const Bzip2Writer&) = delete;

  void write(ByteView bytes);
  /// Ends the stream and gives all of it. Nothing may be written any more.
  Bytes finish();

 private:
  /// One step of the library; what it gives out is kept. True when the stream is complete.
  bool step(int action);

  Bytes out_;
  Bytes buffer_;
  bz_stream stream_{};
};

}  // namespace xppkg::delta
