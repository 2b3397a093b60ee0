#pragma once

#include <map>
#include <string>
#include <vector>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// How long the metadata of each role lives, and when its end is announced. A plain file beside the
/// keys, since only who publishes acts on it. Source: manifests/TRUST.md §5.
struct Policy {
  std::map<std::string, std::uint64_t> days;  ///< by role; where a role is missing, the default
  std::uint64_t warn_days = 30;

  /// Days that metadata of the role lives from its signing on.
  [[nodiscard]] std::uint64_t days_of(const std::string& role) const;
  /// When metadata of the role that is signed now ends.
  [[nodiscard]] trust::Time end_of(const std::string& role, trust::Time now) const;
};

/// Throws Error{usage_invalid} for a value outside of 1 to 36,500 days, or 0 to 3,650 for warnings.
void check_policy(const Policy& policy);
/// Reads the text of a policy file, which `name` names in errors. Throws Error{usage_invalid}.
Policy parse_policy(ByteView bytes, const std::string& name);
/// The defaults where there is no file. Throws Error{usage_invalid} for a file that is not in its
/// form.
Policy read_policy(fs::FileSystem& disk, const fs::Path& key_folder);
void write_policy(fs::FileSystem& disk, const fs::Path& key_folder, const Policy& policy);

/// Metadata that will be refused soon, or is by now.
struct ExpiryWarning {
  std::string role;
  trust::Time expires = 0;
  std::int64_t days = 0;  ///< whole days that are left; negative: since when it is refused
};

/// Roles whose end is as near as the policy says, soonest first. A role that lives shorter than
/// twice the time of warning is announced in the second half of its life.
std::vector<ExpiryWarning> expiry_warnings(const Published& published, const Policy& policy,
                                           trust::Time now);

}  // namespace xppkg::publish
