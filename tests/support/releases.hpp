#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "install/folder_transaction.hpp"
#include "manifest/manifest.hpp"
#include "trees.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::test {

/// Makes releases of trees and payloads between them with the vendor's own code.
class Vendor {
 public:
  explicit Vendor(fs::Path folder);

  const manifest::Manifest& add(const std::string& version, const Tree& tree);
  [[nodiscard]] const manifest::Manifest& release(const std::string& version) const;
  [[nodiscard]] fs::Path tree(const std::string& version) const { return folder_ / version; }
  fs::Path full(const std::string& version);
  fs::Path delta(const std::string& from, const std::string& to);

 private:
  fs::Path folder_;
  std::map<std::string, manifest::Manifest> releases_;
};

/// One payload and the releases that it leads from and to; no base: a full package.
struct Hop {
  const manifest::Manifest* base = nullptr;
  const manifest::Manifest* target = nullptr;
  fs::Path payload;
};

/// The client's way from what is installed to the last hop's release: verify, stage, commit.
std::vector<Notice> update(fs::FileSystem& disk, const install::Layout& layout,
                           const manifest::Manifest* installed, std::span<const Hop> hops);

/// An install folder that is led from release to release.
class Workstation {
 public:
  Workstation(Vendor& vendor, fs::Path folder);

  std::vector<Notice> install(const std::string& version);
  /// By one delta for each of the versions in turn, in one commit.
  std::vector<Notice> apply(const std::vector<std::string>& versions);
  /// By the full package, over whatever is there.
  std::vector<Notice> repair(const std::string& version);

  [[nodiscard]] const install::Layout& layout() const { return layout_; }
  [[nodiscard]] fs::Path operator/(const std::string& name) const { return layout_.root / name; }
  /// The digest of what the release owns in the folder, walked anew; `others` are left out.
  [[nodiscard]] Blake2b tree(const std::vector<std::string>& others = {}) const;

 private:
  Vendor& vendor_;
  install::Layout layout_;
  std::string version_;
};

}  // namespace xppkg::test
