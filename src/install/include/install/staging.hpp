#pragma once

#include <map>
#include <memory>
#include <set>

#include "install/layout.hpp"
#include "install/verify.hpp"
#include "manifest/manifest.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::install {

/// Finds file contents by their digest: in the folder, among the pristine config files, or in
/// staging. Each was hashed when it was added.
class ContentStore {
 public:
  ContentStore(fs::FileSystem& disk, Layout layout) : disk_(disk), layout_(std::move(layout)) {}

  /// The files of the folder that a full verification found whole.
  void add_sound_files(const Verified& verified);
  /// The vendor's own state of config files, which their user may have changed in the folder.
  void add_pristine();
  void add(const Blake2b& digest, fs::Path place) { places_[digest] = std::move(place); }

  [[nodiscard]] bool has(const Blake2b& digest) const { return places_.contains(digest); }
  /// Throws Error{mismatch_base} if the contents are nowhere.
  [[nodiscard]] const fs::Path& find(const Blake2b& digest) const;

 private:
  fs::FileSystem& disk_;
  Layout layout_;
  std::map<Blake2b, fs::Path> places_;
};

/// Contents of a release that all are at hand: decoded, hashed while they were written, and equal
/// to the signed manifest. Only Stager::finish makes one; commit takes nothing else.
class VerifiedTree {
 public:
  [[nodiscard]] const manifest::Manifest& manifest() const { return manifest_; }
  [[nodiscard]] const ContentStore& contents() const { return contents_; }

 private:
  friend class Stager;
  VerifiedTree(const manifest::Manifest& manifest, const ContentStore& contents)
      : manifest_(manifest), contents_(contents) {}
  const manifest::Manifest& manifest_;
  const ContentStore& contents_;
};

class PartialPackage;

/// Turns the base's contents and payloads into the contents of the wanted release, one step of the
/// chain after the other, in DIR/.xppkg/staging. The installed files are only read.
class Stager {
 public:
  Stager(fs::FileSystem& disk, Layout layout, ContentStore& contents, Observer& observer);

  /// Empties the staging folder.
  void begin();

  /// Decodes one payload: every file it makes is hashed while it is written and must be what
  /// `target` says, and so must be every file it leaves as it is. `base` is null for a full
  /// package. Throws Error{corrupt_payload, mismatch_base, io_failed, space_insufficient,
  /// cancelled}.
  void apply(const manifest::Manifest* base, const manifest::Manifest& target,
             const fs::Path& payload);

  /// The contents that `apply` would need and that are not at hand. Reads the payload's header.
  /// Throws Error{corrupt_payload, unsupported_format, limit_exceeded}.
  [[nodiscard]] std::set<Blake2b> lacking(const manifest::Manifest& base,
                                          const manifest::Manifest& target,
                                          const fs::Path& payload) const;
  /// The contents of a release that are not at hand.
  [[nodiscard]] std::set<Blake2b> lacking(const manifest::Manifest& wanted) const;
  /// Lays contents of another release's full package into staging, each hashed as in `apply`.
  /// Throws Error{corrupt_payload, limit_exceeded, io_failed, space_insufficient, cancelled} and
  /// what reading the blocks throws; contents that are complete by then stay at hand.
  void repair(const PartialPackage& package, const std::set<Blake2b>& wanted);

  /// Checks that all contents of the release are at hand. Throws Error{mismatch_base}.
  [[nodiscard]] VerifiedTree finish(const manifest::Manifest& wanted) const;

 private:
  fs::FileSystem& disk_;
  Layout layout_;
  ContentStore& contents_;
  Observer& observer_;
};

}  // namespace xppkg::install
