#include <algorithm>
#include <utility>

#include "base/checked.hpp"
#include "fs/files.hpp"
#include "part_file.hpp"
#include "source/download.hpp"
#include "transfer.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

fs::Path finished_path(const fs::Path& folder, const RemoteFile& wanted) {
  return folder / wanted.sha256.hex();
}

fs::Path part_path(const fs::Path& folder, const RemoteFile& wanted) {
  return folder / (wanted.sha256.hex() + ".part");
}

void check_blocks(const RemoteFile& wanted) {
  std::uint64_t sum = 0;
  for (const Block& block : wanted.blocks) sum = checked_add(sum, block.size);
  if (sum != wanted.size) {
    throw Error(Code::internal,
                {{"path", wanted.path}, {"reason", "the blocks do not add up to the size"}});
  }
}

Sha256 digest_of(const RandomReader& file, Observer& observer) {
  Sha256Hasher hasher;
  fs::for_each_piece(file, [&](ByteView piece) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    hasher.update(piece);
  });
  return hasher.finish();
}

bool is_finished(fs::FileSystem& disk, const fs::Path& path, const RemoteFile& wanted,
                 Observer& observer) {
  const auto found = disk.stat(path);
  if (!found || found->kind != fs::Kind::file || found->size != wanted.size) return false;
  return digest_of(*disk.open_read(path), observer) == wanted.sha256;
}

}  // namespace

DownloadStore::DownloadStore(fs::FileSystem& disk, fs::Path folder)
    : disk_(disk), folder_(std::move(folder)) {}

std::uint64_t DownloadStore::present(const RemoteFile& wanted) const {
  const auto finished = disk_.stat(finished_path(folder_, wanted));
  if (finished && finished->kind == fs::Kind::file && finished->size == wanted.size) {
    return wanted.size;
  }
  const auto part = disk_.stat(part_path(folder_, wanted));
  return part ? std::min(part->size, wanted.size) : 0;
}

fs::Path DownloadStore::fetch(const RemoteFile& wanted, std::span<Source* const> sources,
                              Observer& observer) {
  check_blocks(wanted);
  fs::make_directories(disk_, folder_);
  const fs::Path finished = finished_path(folder_, wanted);
  const fs::Path unfinished = part_path(folder_, wanted);
  if (is_finished(disk_, finished, wanted, observer)) {
    observer.progress({Stage::download, wanted.path, wanted.size, wanted.size});
    return finished;
  }
  // A damaged file still has good blocks.
  const auto damaged = disk_.stat(finished);
  if (damaged && damaged->kind == fs::Kind::file) disk_.rename(finished, unfinished);

  PartFile part(disk_, unfinished, wanted);
  part.resume(observer);
  Transfer(wanted.path, {0, wanted.size}, wanted.size, {0, wanted.size}, part, observer)
      .run(sources);
  try {
    part.complete();
  } catch (const Error& error) {
    // Each block is as signed, the whole is not: no source can repair that, and no byte of it is of
    // use.
    if (error.code() == Code::trust_hash) disk_.remove_file(unfinished);
    throw;
  }
  disk_.rename(unfinished, finished);
  disk_.sync_directory(folder_);
  return finished;
}

void DownloadStore::keep_only(std::span<const Sha256> names) {
  if (!disk_.stat(folder_)) return;
  for (const fs::Path& name : disk_.list(folder_)) {
    const std::string text = fs::to_utf8(name);
    const bool kept = std::ranges::any_of(names, [&](const Sha256& digest) {
      return text == digest.hex() || text == digest.hex() + ".part";
    });
    if (!kept) fs::remove_tree(disk_, folder_ / name);
  }
}

}  // namespace xppkg::source
