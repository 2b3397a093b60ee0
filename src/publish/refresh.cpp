#include "publish/refresh.hpp"

#include "last_published.hpp"
#include "metadata_update.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {

std::vector<Refreshed> refresh_repository(fs::FileSystem& disk, const RepositoryLayout& layout,
                                          KeyRing& keys, const RefreshOptions& options,
                                          trust::Time now) {
  const auto held = lock_repository(disk, layout);
  const Published published = read_to_sign(disk, layout, keys);
  const Policy policy = read_policy(disk, keys.folder());
  MetadataUpdate update(disk, layout, keys, published, now);
  update.renew("timestamp");
  const trust::Time whole = policy.end_of("snapshot", now) - now;
  if (options.snapshot || published.set.snapshot()->expires - now < whole / 2) {
    update.renew("snapshot");
  }
  for (const std::string& role : options.roles) {
    if (role != "targets" && !published.has(role)) {
      throw Error(Code::notfound_package, {{"package", role}});
    }
    update.renew(role);
  }
  update.publish();
  std::vector<Refreshed> refreshed;
  for (const auto& [role, common] : update.signed_roles()) {
    refreshed.push_back({role, common.version, common.expires});
  }
  return refreshed;
}

}  // namespace xppkg::publish
