#pragma once

#include <map>
#include <memory>
#include <optional>

#include "fs/file_system.hpp"

namespace xppkg::client {

/// Blocks of a file that were fetched before they are needed, in a file of their own, which goes
/// with this object. A caller who takes one out compares it with its digest.
class FetchedBlocks {
 public:
  /// Nothing is made before the first `add`. `disk` must outlive it.
  FetchedBlocks(fs::FileSystem& disk, fs::Path file);
  ~FetchedBlocks();
  FetchedBlocks(const FetchedBlocks&) = delete;
  FetchedBlocks& operator=(const FetchedBlocks&) = delete;

  [[nodiscard]] bool has(std::size_t block) const { return places_.contains(block); }
  void add(std::size_t block, ByteView bytes);
  /// The block with this number; nothing if there is none.
  [[nodiscard]] std::optional<Bytes> find(std::size_t block) const;

 private:
  struct StoredBlock {
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };

  void open();

  fs::FileSystem& disk_;
  fs::Path path_;
  std::unique_ptr<fs::WriteFile> file_;
  std::map<std::size_t, StoredBlock> places_;
  std::uint64_t size_ = 0;
};

}  // namespace xppkg::client
