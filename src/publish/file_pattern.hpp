#pragma once

#include "base/rel_path.hpp"
#include "trust/metadata.hpp"

namespace xppkg::publish {

/// A pattern without "/" is for the name in any folder.
inline bool file_matches(const std::string& pattern, const RelPath& path) {
  const std::string name = path.segments().back();
  return trust::pattern_matches(pattern,
                                pattern.find('/') == std::string::npos ? name : path.text());
}

}  // namespace xppkg::publish
