#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xppkg {

/// A relative path that is safe to join to a folder on every platform: UTF-8, "/" between the
/// segments, no "..", nothing that Windows reserves, no control characters, at most 1024 bytes and
/// 255 a segment. A value of this type is the proof of the check. Source: manifests/FORMAT.md §4.
class RelPath {
 public:
  static constexpr std::size_t kMaxBytes = 1024;
  static constexpr std::size_t kMaxNameBytes = 255;

  /// Throws Error{tree_unsafe_name} with the facts "path" and "reason".
  static RelPath parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::vector<std::string> segments() const;
  /// All folders above it, outermost first; empty for a path of one segment.
  [[nodiscard]] std::vector<RelPath> parents() const;
  /// Equal for two paths that some file system takes for the same: case and Unicode form folded.
  [[nodiscard]] std::string collision_key() const;

  friend auto operator<=>(const RelPath&, const RelPath&) = default;

 private:
  std::string text_;
};

/// True if a symbolic link at `link` that says `target` stays inside the tree: a relative target
/// whose ".." stand in front and never leave it. Only the text is looked at.
bool link_stays_inside(const RelPath& link, std::string_view target);

}  // namespace xppkg
