#include "upload.hpp"

#include <algorithm>

namespace xppkg::client {
namespace {

std::uint64_t parts_of(std::uint64_t size) {
  return (size + site::kPartBytes - 1) / site::kPartBytes;
}

Bytes part_of(const RandomReader& contents, std::uint64_t part) {
  const std::uint64_t begin = part * site::kPartBytes;
  Bytes bytes(std::min(site::kPartBytes, contents.size() - begin));
  contents.read_at(begin, bytes);
  return bytes;
}

}  // namespace

bool Upload::has(const std::string& path, const Sha256& digest, std::uint64_t size) {
  const std::uint64_t parts = parts_of(size);
  if (database_.stored_parts(digest) < parts) return false;
  Sha256Hasher hasher;
  for (std::uint64_t part = 0; part < parts; ++part) {
    check_cancelled();
    observer_.progress({Stage::verify, path, part * site::kPartBytes, size});
    hasher.update(database_.part(digest, part));
  }
  if (hasher.finish() != digest || !database_.complete(digest, size, now_)) {
    database_.discard(digest);
    return false;
  }
  files_.push_back({path, digest, size});
  return true;
}

void Upload::put(const std::string& path, const Sha256& digest, const RandomReader& contents) {
  const std::uint64_t stored = std::min(database_.stored_parts(digest), parts_of(contents.size()));
  if (!send(path, digest, contents, stored)) {
    // Stored parts were damaged, or there were more parts than the file has.
    database_.discard(digest);
    if (!send(path, digest, contents, 0)) {
      throw Error(Code::locked_other_run,
                  {{"path", path}, {"reason", "somebody else changes the same file"}});
    }
  }
  files_.push_back({path, digest, contents.size()});
}

/// Compares the parts that are stored, sends the others, and hashes all of them on the way.
bool Upload::send(const std::string& path, const Sha256& digest, const RandomReader& contents,
                  std::uint64_t stored) {
  Sha256Hasher hasher;
  const std::uint64_t parts = parts_of(contents.size());
  for (std::uint64_t part = 0; part < parts; ++part) {
    check_cancelled();
    observer_.progress({Stage::upload, path, part * site::kPartBytes, contents.size()});
    const Bytes bytes = part_of(contents, part);
    hasher.update(bytes);
    if (part < stored) {
      if (database_.part(digest, part) != bytes) return false;
    } else {
      database_.store_part(digest, part, bytes);
      sent_ += bytes.size();
    }
  }
  observer_.progress({Stage::upload, path, contents.size(), contents.size()});
  if (hasher.finish() != digest) {
    database_.discard(digest);
    throw Error(Code::trust_hash, {{"path", path}, {"reason", "it changed after it was verified"}});
  }
  return database_.complete(digest, contents.size(), now_);
}

void Upload::check_cancelled() {
  if (observer_.cancelled()) throw Error(Code::cancelled);
}

}  // namespace xppkg::client
