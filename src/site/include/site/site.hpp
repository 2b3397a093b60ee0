#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "fs/file_system.hpp"
#include "trust/time.hpp"

namespace xppkg::site {

/// What a workstation that does not follow may do: nothing, or work on with what it has.
enum class Policy { required, recommended };
/// "required", "recommended".
std::string_view id(Policy policy);
/// Empty for any other text.
std::optional<Policy> policy_of(std::string_view id);

/// Who released what to all, when.
struct Decision {
  std::uint64_t counter = 0;  ///< grows by one with each decision of a package
  std::string package;
  std::string version;
  Blake2b tree;  ///< of the released contents
  trust::Time at = 0;
  std::string who;  ///< the user's name
  std::string workstation;
  std::string previous;  ///< the version released before; may be empty
  Policy policy = Policy::required;
};

/// The site's release database. It is trusted for nothing but which release is wanted. Not for use
/// from two threads at once. Errors: Error{database_unreachable, database_newer} with the fact
/// "database".
class SiteDatabase {
 public:
  virtual ~SiteDatabase() = default;

  /// The newest decision for a package; empty when nothing was decided yet.
  virtual std::optional<Decision> current(const std::string& package) = 0;

  /// Writes `decision` as the next one: in one transaction, and only if the newest counter is still
  /// `decision.counter - 1`. False: somebody else decided meanwhile; nothing was written.
  virtual bool decide(const Decision& decision) = 0;
};

enum class Missing { is_unreachable, is_created };

/// Opens "sqlite:PATH". A missing file is unreachable, because an unmounted share must not look
/// like a new site, unless the caller is about to write the first decision. Throws
/// Error{usage_invalid} for another scheme, Error{database_unreachable, database_newer}.
std::unique_ptr<SiteDatabase> open_site(const std::string& url, Missing missing,
                                        fs::FileSystem& disk);

}  // namespace xppkg::site
