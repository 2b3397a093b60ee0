#pragma once

#include <algorithm>

#include "failure.hpp"
#include "releases.hpp"
#include "temp_folder.hpp"

namespace xppkg::test {

/// A vendor and one workstation in a temporary folder.
struct VendorAndWorkstation {
  TempFolder folder;
  Vendor vendor{folder / "vendor"};
  Workstation pc{vendor, folder / "pc"};

  [[nodiscard]] std::string text(const std::string& name) const { return read_text(pc / name); }
  [[nodiscard]] bool is_there(const std::string& name) const {
    return fs::native().stat(pc / name).has_value();
  }
};

inline bool has_notice(const std::vector<Notice>& notices, const std::string& id,
                       const std::string& path) {
  return std::ranges::any_of(
      notices, [&](const Notice& notice) { return notice.id == id && notice.path == path; });
}

}  // namespace xppkg::test
