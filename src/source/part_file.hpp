#pragma once

#include <memory>

#include "source/download.hpp"

namespace xppkg::source {

/// The ".part" of one download. Bytes are hashed while they are written: each block on its own, and
/// the whole. Holds references: the file system and `wanted` must outlive it.
class PartFile final : public Sink {
 public:
  PartFile(fs::FileSystem& disk, fs::Path path, const Wanted& wanted);

  /// Hashes what an earlier run left, and cuts it off from the first block that does not match.
  /// Bytes of a block that is not full yet are kept.
  void resume(Observer& observer);

  /// Appends. Throws Error{trust_hash} with the facts "path", "block" and "offset" when a block is
  /// full and does not match; then `drop_block` must be called before anything else is written.
  void write(ByteView bytes) override;

  /// Cuts off the block at hand: what remains are whole verified blocks.
  void drop_block();
  /// From now on bytes come from another source.
  void change_source() { mixed_ = at_ > block_start_; }
  /// True if the block at hand holds bytes of more than one source, or of an earlier run: if it
  /// does not match, it cannot be said whose fault that is.
  [[nodiscard]] bool is_mixed() const { return mixed_; }

  [[nodiscard]] std::uint64_t size() const { return at_; }
  [[nodiscard]] std::uint64_t verified() const { return block_start_; }

  /// Closes the complete file, durable. Throws Error{trust_hash} if the whole does not match.
  void complete();

 private:
  void absorb(ByteView piece);
  void absorb_existing(const RandomReader& reader, Observer& observer);
  [[nodiscard]] std::uint64_t room() const;
  void end_block();
  void skip_empty_blocks();
  fs::WriteFile& file();

  fs::FileSystem& disk_;
  fs::Path path_;
  const Wanted& wanted_;
  std::unique_ptr<fs::WriteFile> file_;
  std::size_t block_ = 0;
  std::uint64_t block_start_ = 0;
  std::uint64_t at_ = 0;
  Blake2bHasher block_hash_;
  Sha256Hasher whole_hash_;
  Sha256Hasher whole_hash_at_block_;
  bool mixed_ = false;
};

}  // namespace xppkg::source
