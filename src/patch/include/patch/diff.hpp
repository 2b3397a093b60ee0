#pragma once

#include "patch/patch.hpp"

namespace xppkg::patch {

struct DiffOptions {
  Format format = Format::xppkg;
  int level = 19;        ///< of zstd, 1 to 22; of no effect on the classic format
  unsigned threads = 2;  ///< that work at the same time; the classic format has one
  bool is_fast = false;  ///< takes less time for a larger patch
  /// Bytes that it may take to be made, beside the patch itself; 0: as many as it takes. Of no
  /// effect on the classic format.
  std::uint64_t memory = 0;
  bool replace = false;  ///< a file at the place of the patch
};

/// The sizes of a patch and of its old and new side, in bytes.
struct Diffed {
  Kind kind = Kind::file;
  std::uint64_t old_bytes = 0;
  std::uint64_t new_bytes = 0;
  std::uint64_t patch_bytes = 0;
};

/// Writes the patch that makes `new_place` from `old_place`, which are two files or two folders.
/// The patch comes to its place whole, or not at all. Throws Error{usage_invalid} if they are not
/// two of a kind or folders for the classic format, or the memory does not do, Error{output_exists,
/// tree_unsafe_name, tree_unsafe_entry, io_failed, space_insufficient, rights_denied, cancelled}.
Diffed diff(fs::FileSystem& disk, const fs::Path& old_place, const fs::Path& new_place,
            const fs::Path& patch, const DiffOptions& options, Observer& observer);

}  // namespace xppkg::patch
