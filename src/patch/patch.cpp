#include "patch/patch.hpp"

#include "xppkg/error.hpp"

namespace xppkg::patch {
namespace {

bool begins_with_index(const std::vector<delta::Part>& parts) {
  return !parts.empty() && parts.front().file == kTreeIndex;
}

}  // namespace

Kind kind_of(const delta::Header& header) {
  if (begins_with_index(header.new_parts)) return Kind::folder;
  const bool one_file = header.new_parts.size() == 1 && header.old_parts.size() <= 1 &&
                        header.new_parts.front().file == 0;
  // An encoder leaves an old file out that is too large for it, but names it.
  if (one_file && header.base_tree != Blake2b{}) return Kind::file;
  throw Error(
      Code::corrupt_payload,
      {{"reason", "a package or delta of a repository, not a patch of a file or a folder"}});
}

}  // namespace xppkg::patch
