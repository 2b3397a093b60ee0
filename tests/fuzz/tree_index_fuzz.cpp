// Any bytes as the index of a tree: a valid index is written as the very same bytes.

#include <algorithm>

#include "base/tree_index.hpp"
#include "documented.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xppkg;
  Entries entries;
  if (!fuzz::documented({Code::corrupt_payload, Code::tree_unsafe_name, Code::tree_unsafe_entry},
                        [&] {
                          entries = read_tree_index({data, size});
                        })) {
    return 0;
  }
  fuzz::require(std::ranges::equal(write_tree_index(entries), ByteView(data, size)));
  return 0;
}
