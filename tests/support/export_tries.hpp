#pragma once

#include <map>
#include <string>

#include "base/bytes.hpp"

namespace xppkg::test {

/// An export trie as linkers write it: of each name where it lies, from the image base.
Bytes export_trie(const std::map<std::string, std::uint64_t>& exports);

}  // namespace xppkg::test
