#pragma once

#include "patch/patch.hpp"

namespace xppkg::patch {

/// The result of applying a patch.
struct Applied {
  Kind kind = Kind::file;
  Format format = Format::xppkg;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool verified = false;  ///< compared with the patch's digests; the classic format has none
};

struct ApplyOptions {
  unsigned threads = 1;  ///< that decode at the same time; the classic format has one
  bool replace = false;  ///< a file at the place of the output
};

/// Makes `new_place` from `old_place`. The output is there whole, or not at all; a file or folder
/// that is there already is kept (Error{output_exists}), unless it is a file and `options.replace`
/// is set. Throws Error{mismatch_base} if the patch was made from something else, a folder's before
/// anything is written; a file of the same size that differs only where the patch does not look
/// makes the same. Throws Error{corrupt_payload} if the result is not what the patch says of it,
/// and Error{unsupported_format, limit_exceeded, tree_unsafe_name, tree_unsafe_entry, io_failed,
/// space_insufficient, rights_denied, cancelled}.
Applied apply(fs::FileSystem& disk, const fs::Path& old_place, const fs::Path& patch,
              const fs::Path& new_place, const ApplyOptions& options, Observer& observer);

}  // namespace xppkg::patch
