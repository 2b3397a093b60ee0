#pragma once

#include "install/mending.hpp"
#include "install/staging.hpp"
#include "session.hpp"
#include "source/block_fetcher.hpp"

namespace xppkg::client {

/// Brings contents of a release back from its full package at the sources, by the signed blocks
/// that hold them and no others.
class Mender {
 public:
  /// Fetches the block that says where everything lies. `catalogue` is signed metadata that lists
  /// the release's files. All must outlive it. Throws Error{repair_unavailable} where no source has
  /// the package any more, and Error{transport_*, trust_hash, corrupt_payload, limit_exceeded}.
  Mender(Session& session, const manifest::Manifest& release, const manifest::Catalogue& catalogue,
         Observer& observer);
  Mender(const Mender&) = delete;
  Mender& operator=(const Mender&) = delete;

  /// Bytes that `mend` would fetch. Throws Error{corrupt_payload} for contents of another release.
  [[nodiscard]] std::uint64_t bytes_for(const std::set<Blake2b>& contents) const;
  /// Lays the contents into staging. Throws as the constructor and Stager::mend.
  void mend(install::Stager& stager, const std::set<Blake2b>& contents);
  /// Bytes that were fetched.
  [[nodiscard]] std::uint64_t fetched() const { return fetcher_.fetched(); }

  /// True for errors that say that mending does not work here, and nothing about this computer.
  static bool is_told_by(Code code);

 private:
  Bytes fetch(std::size_t block);

  source::BlockFetcher fetcher_;
  install::Mending package_;
};

}  // namespace xppkg::client
