#include "publish/refresh.hpp"

#include "edition.hpp"
#include "last_published.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {

std::vector<Refreshed> refresh_repository(fs::FileSystem& disk, const RepositoryLayout& layout,
                                          KeyRing& keys, const RefreshOptions& options,
                                          trust::Time now) {
  const auto held = lock_repository(disk, layout);
  const Published published = read_to_sign(disk, layout, keys);
  const Policy policy = read_policy(disk, keys.folder());
  Edition edition(disk, layout, keys, published, now);
  edition.renew("timestamp");
  const trust::Time whole = policy.end_of("snapshot", now) - now;
  if (options.snapshot || published.set.snapshot()->expires - now < whole / 2) {
    edition.renew("snapshot");
  }
  for (const std::string& role : options.roles) {
    if (role != "targets" && !published.has(role)) {
      throw Error(Code::not_found_package, {{"package", role}});
    }
    edition.renew(role);
  }
  edition.publish();
  std::vector<Refreshed> refreshed;
  for (const auto& [role, common] : edition.signed_roles()) {
    refreshed.push_back({role, common.version, common.expires});
  }
  return refreshed;
}

}  // namespace xppkg::publish
