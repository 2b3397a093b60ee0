#pragma once

#include <memory>

#include "receiver.hpp"
#include "source/download.hpp"

namespace xppkg::source {

/// The ".part" of one download. Bytes are hashed while they are written: each block on its own, and
/// the whole. Holds references: the file system and `wanted` must outlive it.
class PartFile final : public Receiver {
 public:
  PartFile(fs::FileSystem& disk, fs::Path path, const RemoteFile& wanted);

  /// Hashes what an earlier run left, and cuts it off from the first block that does not match.
  /// Bytes of a block that is not full yet are kept.
  void resume(Observer& observer);

  void write(ByteView bytes) override;
  void drop_block() override;
  void change_source() override { mixed_ = at_ > block_start_; }
  [[nodiscard]] bool is_mixed() const override { return mixed_; }
  [[nodiscard]] std::uint64_t size() const override { return at_; }
  [[nodiscard]] std::uint64_t verified() const override { return block_start_; }

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
  const RemoteFile& wanted_;
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
