#pragma once

#include <span>

#include "base/block.hpp"
#include "base/digest.hpp"
#include "source/source.hpp"

namespace xppkg::source {

/// A file to be fetched, as signed metadata describes it.
struct RemoteFile {
  std::string path;           ///< at the source
  std::uint64_t size = 0;     ///< bytes
  Sha256 sha256;              ///< of the whole
  std::vector<Block> blocks;  ///< their sizes add up to `size`
};

/// The folder of finished and interrupted downloads, named by their SHA-256: "HEX" and "HEX.part".
/// A ".part" holds verified whole blocks and at most one unverified tail, so a download goes on
/// where it stopped, after a kill, a restart, or at another source.
class DownloadStore {
 public:
  DownloadStore(fs::FileSystem& disk, fs::Path folder);

  /// Bytes of the file that are here already; `size` when it is finished.
  [[nodiscard]] std::uint64_t present(const RemoteFile& wanted) const;

  /// Fetches missing bytes from the sources in turn, and returns the path of the finished file.
  /// Each block is hashed while it is written and is thrown away when it does not match; then the
  /// next source is tried from that block on; a source whose connection breaks after some bytes is
  /// tried again, up to three times after each whole block it gave. A finished file found here is
  /// hashed again before it is returned. Reports Stage::download with `done` and `total` of this
  /// file. When no source is left, throws the last Error (transport_*, notfound_file, trust_hash);
  /// each earlier one is a notice "source.skipped".
  fs::Path fetch(const RemoteFile& wanted, std::span<Source* const> sources, Observer& observer);

  /// Removes everything but the named files (finished or not).
  void keep_only(std::span<const Sha256> names);

 private:
  fs::FileSystem& disk_;
  fs::Path folder_;
};

}  // namespace xppkg::source
