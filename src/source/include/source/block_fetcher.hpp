#pragma once

#include "source/download.hpp"

namespace xppkg::source {

/// Fetches single blocks of a file into memory, for callers that need but a part of it. Nothing is
/// kept on the disk.
class BlockFetcher {
 public:
  /// A larger block is refused before a byte of it is asked for.
  static constexpr std::uint64_t kMaxBlock = 32 * 1024 * 1024;

  /// The sources and the observer must outlive it.
  BlockFetcher(RemoteFile wanted, std::vector<Source*> sources, Observer& observer);

  /// From now on progress counts towards this many bytes more.
  void expect(std::uint64_t bytes) { total_ = fetched_ + bytes; }

  /// The bytes of a block, equal to its signed digest. The source that gave the last block is asked
  /// first; retries, notices and errors are those of DownloadStore::fetch. Throws
  /// Error{limit_exceeded} for a block over kMaxBlock.
  Bytes fetch(std::size_t block);

  [[nodiscard]] const RemoteFile& wanted() const { return wanted_; }
  /// Bytes of all blocks that were fetched.
  [[nodiscard]] std::uint64_t fetched() const { return fetched_; }

 private:
  [[nodiscard]] ByteRange range_of(std::size_t block) const;

  RemoteFile wanted_;
  std::vector<Source*> sources_;
  Observer& observer_;
  std::uint64_t fetched_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace xppkg::source
