#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace xppkg {

/// Bytes that can be read at any place: an old file, a downloaded delta, a buffer.
class RandomReader {
 public:
  virtual ~RandomReader() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills the whole of `out` from `offset` on. Throws if that goes past the end.
  virtual void read_at(std::uint64_t offset, MutableByteView out) const = 0;
};

/// Takes bytes in order.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(ByteView bytes) = 0;
};

/// A reader over a buffer, which must outlive it.
class BufferReader final : public RandomReader {
 public:
  explicit BufferReader(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, MutableByteView out) const override;

 private:
  ByteView bytes_;
};

/// A sink that keeps what it takes.
class BufferSink final : public Sink {
 public:
  void write(ByteView bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace xppkg
