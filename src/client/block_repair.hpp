#pragma once

#include "fetched_blocks.hpp"
#include "install/partial_package.hpp"
#include "install/staging.hpp"
#include "session.hpp"
#include "source/block_fetcher.hpp"

namespace xppkg::client {

/// Brings contents of a release back from its full package at the sources, by the signed blocks
/// that hold them and no others. Waiting for sources releases the folder's lock
/// (Session::without_lock), so it comes before anything is staged.
class BlockRepair {
 public:
  /// Fetches the block that says where everything lies. `catalogue` is signed metadata that lists
  /// the release's files. All must outlive it. Throws Error{repair_unavailable} where no source has
  /// the package any more, and Error{transport_*, trust_hash, corrupt_payload, limit_exceeded} and
  /// what Session::without_lock throws.
  BlockRepair(Session& session, const manifest::Manifest& release,
              const manifest::Catalogue& catalogue, Observer& observer);
  BlockRepair(const BlockRepair&) = delete;
  BlockRepair& operator=(const BlockRepair&) = delete;

  /// No release needs more bytes to be fetched. Throws Error{repair_unavailable}.
  static std::uint64_t size_of_package(const manifest::Manifest& release,
                                       const manifest::Catalogue& catalogue);
  /// Bytes that `fetch` would fetch. Throws Error{corrupt_payload} for contents of another release.
  [[nodiscard]] std::uint64_t bytes_for(const std::set<Blake2b>& contents) const;
  /// Fetches the blocks that hold the contents into the folder. Throws as the constructor and what
  /// the disk throws.
  void fetch(const std::set<Blake2b>& contents);
  /// Lays contents that were fetched into staging. Throws as Stager::repair, and Error{trust_hash}
  /// where a block was damaged since.
  void repair(install::Stager& stager, const std::set<Blake2b>& contents) const;
  /// Bytes that were fetched.
  [[nodiscard]] std::uint64_t fetched() const { return fetcher_.fetched(); }

  /// True for errors that say that repair does not work here, and nothing about this computer.
  static bool is_told_by(Code code);

 private:
  Bytes from_sources(std::size_t block);
  [[nodiscard]] Bytes fetched_before(std::size_t block) const;

  Session& session_;
  Observer& observer_;
  source::BlockFetcher fetcher_;
  FetchedBlocks blocks_;
  install::PartialPackage package_;
};

}  // namespace xppkg::client
