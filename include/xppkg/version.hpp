#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "xppkg/export.hpp"

namespace xppkg {

/// A release's version: dot-separated numbers of any count, then optionally "-" and a SemVer 2.0
/// pre-release tag. Numbers compare as numbers (leading zeros allowed, missing ones count as 0), so
/// "4.07.0012" == "4.7.12" and "1.0" == "1.0.0"; a pre-release comes before its release. The text
/// is kept as the vendor wrote it. At most 64 ASCII characters. Source: manifests/FORMAT.md §3.
class XPPKG_API Version {
 public:
  /// Throws Error{usage_invalid} with the facts "version" and "reason".
  static Version parse(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool is_prerelease() const noexcept { return !tags_.empty(); }

  XPPKG_API friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }

 private:
  std::string text_;
  std::vector<std::string> numbers_;  // without leading zeros, and without trailing "0" entries
  std::vector<std::string> tags_;
};

}  // namespace xppkg
