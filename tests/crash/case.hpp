#pragma once

#include <functional>

#include "releases.hpp"
#include "stopping_file_system.hpp"
#include "temp_folder.hpp"

namespace xppkg::test {

/// A folder with release 1 and its user's files, the way to release 2, and what both look like. The
/// two trees differ in every way that a release can.
class UpdateCase {
 public:
  UpdateCase();

  /// A new copy of the installed folder.
  [[nodiscard]] install::Layout new_copy() { return copy_of(before_); }
  [[nodiscard]] install::Layout copy_of(const fs::Path& folder);
  /// Takes a copy away, to save space.
  static void drop(const install::Layout& layout);

  /// The whole update, from verifying to the end of the commit.
  void update(fs::FileSystem& disk, const install::Layout& layout) const;

  /// The folder where `update` reads the payload.
  [[nodiscard]] fs::Path vendor() const { return folder_ / "vendor"; }

  [[nodiscard]] const Picture& before() const { return picture_before_; }
  [[nodiscard]] const Picture& after() const { return picture_after_; }

  /// Empty if every name holds a complete file of before or after.
  [[nodiscard]] std::string torn_names(const install::Layout& layout,
                                       fs::FileSystem& disk = fs::native()) const;
  /// Empty if the folder and its state are exactly as before or exactly as after; else how not.
  [[nodiscard]] std::string neither_old_nor_new(const install::Layout& layout,
                                                fs::FileSystem& disk = fs::native()) const;
  [[nodiscard]] bool is_new(const install::Layout& layout) const;

  /// A disk that fails may cost the way back to release 1, though never half of it.
  void kept_release_may_be_lost() { kept_may_be_lost_ = true; }

 private:
  /// Empty if release 2 is installed and release 1 could be put back from what is kept.
  [[nodiscard]] std::string cannot_go_back(const install::Layout& layout,
                                           fs::FileSystem& disk) const;

  TempFolder folder_;
  Vendor vendor_;
  fs::Path before_;
  Picture picture_before_;
  Picture picture_after_;
  std::size_t copies_ = 0;
  bool kept_may_be_lost_ = false;
};

}  // namespace xppkg::test
