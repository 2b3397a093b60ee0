#pragma once

#include "fs/file_system.hpp"

namespace xppkg::patch {

/// A file or folder that is made beside its place and comes there whole. Unfinished output is
/// removed when this object goes, and by the next run for the same place after a kill.
class NewOutput {
 public:
  /// `replace` lets it take the place of a file. Throws Error{output_exists}.
  NewOutput(fs::FileSystem& disk, fs::Path place, bool replace);
  ~NewOutput();
  NewOutput(const NewOutput&) = delete;
  NewOutput& operator=(const NewOutput&) = delete;

  /// The place where it is made.
  [[nodiscard]] const fs::Path& unfinished() const { return unfinished_; }
  /// Moves the finished, synced output to its place. Throws Error{output_exists} if something came
  /// there meanwhile.
  void finish();

 private:
  void require_free() const;

  fs::FileSystem& disk_;
  fs::Path place_;
  fs::Path unfinished_;
  bool replace_;
};

}  // namespace xppkg::patch
