#include "publish/prune.hpp"

#include "last_published.hpp"
#include "leftovers.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {
namespace {

/// Versions of the roles whose old files may go, as they are after this run.
std::map<std::string, std::uint64_t> versions_after(const Published& published,
                                                    const std::string& package, bool publishes) {
  std::map<std::string, std::uint64_t> versions;
  versions["targets"] = published.set.targets().version;
  versions["snapshot"] = published.set.snapshot()->version + (publishes ? 1 : 0);
  for (const std::string& name : published.packages) {
    versions[name] = published.set.delegated(name).version;
  }
  if (publishes) ++versions[package];
  return versions;
}

std::vector<RemovedFile> files_to_remove(fs::FileSystem& disk, const RepositoryLayout& layout,
                                         const Published& published, const std::string& package,
                                         const PrunedRole& pruned) {
  std::vector<RemovedFile> files = unlisted_files(
      disk, layout, listed_files(layout, published, package, pruned.role), layout.targets());
  const auto versions = versions_after(published, package, pruned.changes());
  std::ranges::move(old_metadata(disk, layout, versions), std::back_inserter(files));
  return files;
}

}  // namespace

PruneResult prune_package(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing* keys,
                          const PruneOptions& options, trust::Time now) {
  // A dry run writes nothing, not even the lock: it may look at a copy that is read only.
  const auto held = options.dry_run ? nullptr : lock_repository(disk, layout);
  const Published published = options.dry_run
                                  ? read_repository(disk, layout, now, {1, Expiry::ignored})
                                  : read_to_sign(disk, layout, *keys);
  if (!published.has(options.package)) {
    throw Error(Code::notfound_package, {{"package", options.package}});
  }
  PrunedRole pruned =
      prune_role(options.package, published.set.delegated(options.package), options.keep);
  PruneResult result;
  result.files = files_to_remove(disk, layout, published, options.package, pruned);
  for (const RemovedFile& file : result.files) result.bytes += file.bytes;
  if (!options.dry_run) {
    if (pruned.changes()) {
      open_publishing_keys(*keys, published, options.package);
      publish_package(disk, layout, *keys, published, options.package, std::move(pruned.role), now);
    }
    remove_files(disk, layout, result.files);
    for (const fs::Path& name : disk.list(layout.targets())) {
      remove_empty_folders(disk, layout.targets() / name);
    }
  }
  result.releases = std::move(pruned.releases);
  result.deltas = std::move(pruned.deltas);
  return result;
}

}  // namespace xppkg::publish
