#pragma once

#include <functional>
#include <memory>

#include "base/stream.hpp"

struct ZSTD_DCtx_s;

namespace xppkg::delta {

struct Compression {
  int level = 0;
  int window_log = 0;  ///< the frame needs a window of at most 2^window_log bytes
};

/// One zstd frame, which states its content size; no bytes for no input. Deterministic for a given
/// libzstd. It may refer to `prefix` as if that stood before it; a reader must have the same.
/// `advanced` is told of each further MiB or less that was read, and may throw to end the call.
/// Throws Error{internal}.
Bytes compress(ByteView bytes, const Compression& options,
               const std::function<void(std::size_t)>& advanced, ByteView prefix = {});

/// Reads one stream of a segment: a range of the payload that is nothing, or exactly one zstd
/// frame of at least one byte. Holds at most the window and 1 MiB. Everything that is not so gives
/// Error{corrupt_payload}.
class StreamReader {
 public:
  explicit StreamReader(const RandomReader& payload);
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  /// Begins with `length` bytes at `offset`, which must lie within the payload. Refuses frames with
  /// a window over 2^window_log bytes before memory is taken for it. `prefix` is what the frame was
  /// compressed with; it must outlive the reading.
  void open(std::uint64_t offset, std::uint64_t length, int window_log, ByteView prefix = {});

  /// True when every byte was read. Checks then that the frame ends where the range does.
  bool ended();
  /// A LEB128 number in its shortest form.
  std::uint64_t varint();
  /// Fills the whole of `out`.
  void read(MutableByteView out);
  /// Throws unless `ended`.
  void finish();

 private:
  void check_magic();
  /// Decodes until `wanted` bytes stand in the buffer, or the frame has ended.
  void fill(std::size_t wanted);
  void decode_some();
  void load_input();
  void end_frame();
  [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
  [[noreturn]] void fail(std::string_view reason) const;

  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  const RandomReader& payload_;
  std::unique_ptr<ZSTD_DCtx_s, FreeContext> context_;
  Bytes input_;
  std::size_t input_at_ = 0;
  std::uint64_t offset_ = 0;  // of the next byte to load from the payload
  std::uint64_t left_ = 0;    // bytes of the range not loaded yet
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool frame_ended_ = true;
  bool any_output_ = false;
};

}  // namespace xppkg::delta
