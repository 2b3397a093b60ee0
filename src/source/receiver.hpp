#pragma once

#include "base/stream.hpp"

namespace xppkg::source {

/// Takes the bytes of a transfer in order and compares each block with its signed digest as soon as
/// it is whole.
class Receiver : public Sink {
 public:
  /// Appends. Throws Error{trust_hash} with the facts "path", "block" and "offset" when a block is
  /// full and does not match; then `drop_block` must be called before anything else is written.
  void write(ByteView bytes) override = 0;

  /// Throws away the block at hand: what remains are whole verified blocks.
  virtual void drop_block() = 0;
  /// From now on bytes come from another source.
  virtual void change_source() = 0;
  /// True if the block at hand holds bytes of more than one source, or of an earlier run: if it
  /// does not match, it cannot be said whose fault that is.
  [[nodiscard]] virtual bool is_mixed() const = 0;

  /// Bytes that were taken.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Of these, the ones in whole verified blocks.
  [[nodiscard]] virtual std::uint64_t verified() const = 0;
};

}  // namespace xppkg::source
