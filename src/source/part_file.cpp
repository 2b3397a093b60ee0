#include "part_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {

PartFile::PartFile(fs::FileSystem& disk, fs::Path path, const RemoteFile& wanted)
    : disk_(disk), path_(std::move(path)), wanted_(wanted) {
  skip_empty_blocks();
}

void PartFile::resume(Observer& observer) {
  const auto found = disk_.stat(path_);
  if (!found) return;
  // A file of several names is a backup's as well.
  const bool is_ours = found->kind == fs::Kind::file && found->names == 1;
  if (!is_ours) return fs::remove_tree(disk_, path_);
  if (found->size > wanted_.size) disk_.truncate(path_, wanted_.size);
  try {
    absorb_existing(*disk_.open_read(path_), observer);
  } catch (const Error& error) {
    if (error.code() != Code::trust_hash) throw;
    drop_block();
  }
  change_source();
}

void PartFile::absorb_existing(const RandomReader& reader, Observer& observer) {
  constexpr std::uint64_t kPiece = 1024 * 1024;
  Bytes buffer;
  while (at_ < std::min(reader.size(), wanted_.size)) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    buffer.resize(static_cast<std::size_t>(std::min({kPiece, room(), reader.size() - at_})));
    reader.read_at(at_, buffer);
    absorb(buffer);
  }
}

std::uint64_t PartFile::room() const {
  if (block_ == wanted_.blocks.size()) {
    throw Error(Code::internal,
                {{"path", wanted_.path}, {"reason", "bytes behind the last block"}});
  }
  return wanted_.blocks[block_].size - (at_ - block_start_);
}

void PartFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView piece =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), room())));
    file().write(piece);
    absorb(piece);
    bytes = bytes.subspan(piece.size());
  }
}

void PartFile::absorb(ByteView piece) {
  block_hash_.update(piece);
  whole_hash_.update(piece);
  at_ += piece.size();
  if (room() == 0) end_block();
}

void PartFile::end_block() {
  if (block_hash_.finish() != wanted_.blocks[block_].digest) {
    throw Error(Code::trust_hash, {{"path", wanted_.path},
                                   {"block", fmt::to_string(block_)},
                                   {"offset", fmt::to_string(block_start_)}});
  }
  ++block_;
  skip_empty_blocks();
  block_start_ = at_;
  block_hash_ = Blake2bHasher();
  whole_hash_at_block_ = whole_hash_;
  mixed_ = false;
}

void PartFile::skip_empty_blocks() {
  while (block_ < wanted_.blocks.size() && wanted_.blocks[block_].size == 0) ++block_;
}

void PartFile::drop_block() {
  file_.reset();  // Windows does not cut an open file
  disk_.truncate(path_, block_start_);
  at_ = block_start_;
  block_hash_ = Blake2bHasher();
  whole_hash_ = whole_hash_at_block_;
  mixed_ = false;
}

fs::WriteFile& PartFile::file() {
  if (!file_) file_ = disk_.append(path_);
  return *file_;
}

void PartFile::complete() {
  file().sync();
  file_.reset();
  Sha256Hasher whole = whole_hash_;
  if (whole.finish() == wanted_.sha256) return;
  throw Error(Code::trust_hash, {{"path", wanted_.path}, {"expected", wanted_.sha256.hex()}});
}

}  // namespace xppkg::source
