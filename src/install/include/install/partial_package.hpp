#pragma once

#include <functional>
#include <set>

#include "delta/parts_decoder.hpp"
#include "manifest/manifest.hpp"

namespace xppkg::install {

/// Gives a block of a full package, by its place in the manifest: 0 is the header, then come the
/// segments. The bytes are equal to the block's signed digest.
using BlockReader = std::function<Bytes(std::size_t block)>;

/// A release's full package, of which only the blocks are read that hold wanted contents.
class PartialPackage {
 public:
  /// Reads the header's block. `release` must outlive this; `package` is its full package. Throws
  /// Error{corrupt_payload} for the package of another release and for one that is not cut into
  /// its header and segments, and what `read` throws.
  PartialPackage(const manifest::Manifest& release, const manifest::Payload& package,
                 BlockReader read);

  [[nodiscard]] const manifest::Manifest& release() const { return release_; }
  /// The blocks that hold these contents. Throws Error{corrupt_payload} where the package lacks
  /// some of them.
  [[nodiscard]] std::vector<std::size_t> blocks_for(const std::set<Blake2b>& wanted) const;
  /// Their bytes. Throws the same.
  [[nodiscard]] std::uint64_t bytes_for(const std::set<Blake2b>& wanted) const;
  /// Reads these blocks, each once, and decodes the contents, but does not hash them. Errors as
  /// those of delta::PartsDecoder and `read`.
  void decode(const std::set<Blake2b>& wanted, delta::PartSink& out, Observer& observer) const;

 private:
  [[nodiscard]] delta::PartsDecoder::Choice choose(const std::set<Blake2b>& wanted) const;

  const manifest::Manifest& release_;
  std::vector<std::uint64_t> sizes_;  // of the blocks
  BlockReader read_;
  delta::PartsDecoder decoder_;
};

}  // namespace xppkg::install
