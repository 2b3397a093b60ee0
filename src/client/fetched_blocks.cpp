#include "fetched_blocks.hpp"

#include <utility>

#include "fs/files.hpp"

namespace xppkg::client {

FetchedBlocks::FetchedBlocks(fs::FileSystem& disk, fs::Path file)
    : disk_(disk), path_(std::move(file)) {}

FetchedBlocks::~FetchedBlocks() {
  if (!file_) return;
  file_.reset();
  try {
    fs::remove_file_if_there(disk_, path_);
  } catch (const Error&) {
    // The next one that is made takes it away, and so does the next update.
  }
}

void FetchedBlocks::open() {
  fs::make_directories(disk_, path_.parent_path());
  fs::remove_tree(disk_, path_);  // of a run that was killed
  file_ = disk_.create(path_, 0600);
}

void FetchedBlocks::add(std::size_t block, ByteView bytes) {
  if (!file_) open();
  file_->write(bytes);
  places_[block] = {size_, bytes.size()};
  size_ += bytes.size();
}

std::optional<Bytes> FetchedBlocks::find(std::size_t block) const {
  const auto found = places_.find(block);
  if (found == places_.end()) return std::nullopt;
  Bytes bytes(found->second.size);
  disk_.open_read(path_)->read_at(found->second.offset, bytes);
  return bytes;
}

}  // namespace xppkg::client
