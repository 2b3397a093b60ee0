#pragma once

#include "install/layout.hpp"
#include "trust/offline_proof.hpp"

namespace xppkg::client {

/// The metadata that proved an installed release when it was installed, one file for each release:
/// DIR/.xppkg/proof/TREE.json. Later metadata of a source (a rotated key, a withdrawn release) does
/// not take the proof from the installed release. Documented in manifests/FORMAT.md §7.
class ProofStore {
 public:
  ProofStore(fs::FileSystem& disk, const install::Layout& layout);

  /// Written before the release is committed.
  void save(const Blake2b& tree, const trust::ProofFiles& files);
  /// Nothing if none was saved, or it is damaged.
  [[nodiscard]] std::optional<trust::ProofFiles> load(const Blake2b& tree) const;
  /// Removes all others.
  void keep_only(const std::vector<Blake2b>& trees);

 private:
  [[nodiscard]] fs::Path place(const Blake2b& tree) const;

  fs::FileSystem& disk_;
  fs::Path folder_;
};

}  // namespace xppkg::client
