#pragma once

#include <limits>

#include "delta/payload.hpp"
#include "fs/file_system.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::patch {

// A patch makes one file from another, or one folder from another. It is unsigned: it carries the
// digests of both, but a writer of the patch can write them. Source: manifests/DELTA.md §14. All
// paths of this room are absolute.

enum class Kind { file, folder };

/// The forms of a patch: a payload (DELTA.md), or the classic BSDIFF40 for files.
enum class Format { xppkg, bsdiff };

/// The part of a folder's patch that is not a file: the index of the tree.
inline constexpr std::uint32_t kTreeIndex = std::numeric_limits<std::uint32_t>::max();

/// Tells patches of files and of folders apart. Throws Error{corrupt_payload} for a payload that is
/// neither, such as a delta of a repository.
Kind kind_of(const delta::Header& header);

}  // namespace xppkg::patch
