#include "file_digest.hpp"

#include "fs/files.hpp"

namespace xppkg::patch {

Blake2b file_digest(const RandomReader& file, Observer& observer) {
  Blake2bHasher hasher;
  std::uint64_t done = 0;
  fs::for_each_piece(file, [&](ByteView piece) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    hasher.update(piece);
    done += piece.size();
    observer.progress({Stage::scan, {}, done, file.size()});
  });
  return hasher.finish();
}

}  // namespace xppkg::patch
