#include "publish/manage_releases.hpp"

#include "last_published.hpp"
#include "leftovers.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {
namespace {

using manifest::Catalogue;
using manifest::Release;

/// One run that changes the signed list of a package.
class CatalogueChange {
 public:
  CatalogueChange(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                  std::string package, trust::Time now)
      : disk_(disk),
        layout_(layout),
        keys_(keys),
        package_(std::move(package)),
        now_(now),
        lock_(lock_repository(disk, layout)),
        // Expired metadata is signed anew.
        published_(read_to_sign(disk, layout, keys)) {
    if (!published_.has(package_)) {
      throw Error(Code::notfound_package, {{"package", package_}});
    }
    role_ = published_.set.delegated(package_);
    before_ = manifest::read_catalogue(package_, role_);
  }

  [[nodiscard]] const Catalogue& catalogue() const { return before_; }
  /// The role as it is to be published.
  trust::Targets& role() { return role_; }

  /// The releases of that version that fit, without withdrawn ones; with `offered` no mere steps of
  /// chains.
  [[nodiscard]] std::vector<const Release*> find(const ReleaseChoice& choice, bool offered) const {
    const Version version = Version::parse(choice.version);
    std::vector<const Release*> found;
    for (const Release& release : before_.releases) {
      const bool fits = choice.platform.empty() || release.platform == choice.platform;
      const bool counts = !release.is_withdrawn() && (!offered || release.full);
      if (fits && counts && release.version == version) found.push_back(&release);
    }
    return found;
  }

  [[nodiscard]] Error not_found(const ReleaseChoice& choice) const {
    Error error(Code::notfound_version, {{"version", choice.version}, {"package", package_}});
    if (!choice.platform.empty()) error.with("platform", choice.platform);
    return error;
  }

  /// Throws before anything is written if the new list cannot be read, or a key is missing.
  /// Returns the channels that have no newest release any more.
  std::vector<PlatformChannel> publish() {
    const Catalogue after = manifest::read_catalogue(package_, role_);
    open_publishing_keys(keys_, published_, package_);
    publish_package(disk_, layout_, keys_, published_, package_, role_, now_);
    return deserted(after);
  }

  /// Removes a version's files that are no longer listed from the disk.
  void remove_unlisted(const ReleaseChoice& choice, ReleaseChange& result) {
    const auto listed = listed_files(layout_, published_, package_, role_);
    for (const fs::Path& version : folders_of(choice.version)) {
      const fs::Path folder =
          choice.platform.empty() ? version : version / fs::from_utf8(choice.platform);
      const auto files = unlisted_files(disk_, layout_, listed, folder);
      result.files += files.size();
      for (const RemovedFile& file : files) result.bytes += file.bytes;
      remove_files(disk_, layout_, files);
      remove_empty_folders(disk_, version);
    }
  }

 private:
  [[nodiscard]] std::vector<PlatformChannel> deserted(const Catalogue& after) const {
    std::vector<PlatformChannel> found;
    for (const Release& release : before_.releases) {
      for (const std::string& channel : release.channels) {
        const bool is_lost = before_.newest(channel, release.platform) != nullptr &&
                             after.newest(channel, release.platform) == nullptr;
        const bool is_known = std::ranges::any_of(found, [&](const PlatformChannel& other) {
          return other.channel == channel && other.platform == release.platform;
        });
        if (is_lost && !is_known) found.push_back({channel, release.platform});
      }
    }
    return found;
  }

  /// In targets; 1.0 may be written 1.
  [[nodiscard]] std::vector<fs::Path> folders_of(const std::string& version) const {
    std::vector<fs::Path> folders;
    const fs::Path package = layout_.targets() / fs::from_utf8(package_);
    if (!disk_.stat(package)) return folders;
    for (const fs::Path& name : disk_.list(package)) {
      if (is_version(fs::to_utf8(name), version)) folders.push_back(package / name);
    }
    return folders;
  }

  static bool is_version(const std::string& name, const std::string& version) {
    try {
      return Version::parse(name) == Version::parse(version);
    } catch (const Error&) {
      return false;  // Not ours.
    }
  }

  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  KeyRing& keys_;
  std::string package_;
  trust::Time now_;
  std::unique_ptr<fs::Lock> lock_;
  Published published_;
  trust::Targets role_;
  Catalogue before_;
};

void add_releases(ReleaseChange& result, const std::string& package,
                  const std::vector<const Release*>& releases) {
  for (const Release* release : releases) {
    result.releases.push_back({package, release->version.text(), release->platform});
  }
}

std::vector<std::string> moved(std::vector<std::string> channels, const std::string& channel,
                               const std::string& leave) {
  std::erase(channels, leave);
  if (std::ranges::find(channels, channel) == channels.end()) channels.push_back(channel);
  std::ranges::sort(channels);
  return channels;
}

/// A site that decided for the release goes on with it, from its database: its manifest and its
/// full package stay listed, since nothing is installed that signed metadata does not list. No
/// chain leads through it.
void mark_withdrawn(trust::Targets& role, const Catalogue& catalogue, const Release& release) {
  Json& custom = role.targets.at(release.manifest.path).custom;
  custom = manifest::custom_of_withdrawn(std::move(custom));
  for (const manifest::Delta& delta : catalogue.deltas) {
    const bool leads_here =
        delta.to == release.version.text() && delta.platform == release.platform;
    if (leads_here) role.targets.erase(delta.file.path);
  }
}

const Release* newest(const Catalogue& catalogue) {
  const Release* found = nullptr;
  for (const Release& release : catalogue.releases) {
    if (!release.channels.empty()) found = &release;
  }
  return found;
}

void check_min_version(const Catalogue& catalogue, const Version& min_version, bool may_lower) {
  const Release* highest = newest(catalogue);
  if (highest == nullptr || min_version > highest->version) {
    throw Error(Code::usage_invalid, {{"minimum version", min_version.text()},
                                      {"newest", highest ? highest->version.text() : ""},
                                      {"reason", "no release would be left"}});
  }
  if (catalogue.min_version && min_version < *catalogue.min_version && !may_lower) {
    throw Error(Code::usage_invalid,
                {{"minimum version", catalogue.min_version->text()},
                 {"asked for", min_version.text()},
                 {"reason", "the minimum version goes down with --lower only"}});
  }
}

}  // namespace

ReleaseChange promote_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                              const ReleaseChoice& choice, const std::string& channel,
                              const std::string& leave, trust::Time now) {
  manifest::check_channel_name(channel);
  if (channel == leave) {
    throw Error(Code::usage_invalid, {{"channel", channel}, {"reason", "it is joined and left"}});
  }
  CatalogueChange run(disk, layout, keys, choice.package, now);
  const auto found = run.find(choice, /*offered=*/true);
  if (found.empty()) throw run.not_found(choice);
  const auto is_left = [&](const Release* release) {
    return std::ranges::find(release->channels, leave) != release->channels.end();
  };
  if (!leave.empty() && std::ranges::none_of(found, is_left)) {
    throw Error(Code::usage_invalid, {{"channel", leave}, {"reason", "the release is not in it"}});
  }
  ReleaseChange result;
  add_releases(result, choice.package, found);
  for (const Release* release : found) {
    const auto channels = moved(release->channels, channel, leave);
    if (channels == release->channels) continue;
    run.role().targets.at(release->manifest.path).custom["channels"] = channels;
    result.changed = true;
  }
  if (result.changed) result.deserted = run.publish();
  return result;
}

ReleaseChange withdraw_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                               const ReleaseChoice& choice, trust::Time now) {
  // It becomes part of a path.
  if (!choice.platform.empty()) manifest::check_platform_name(choice.platform);
  CatalogueChange run(disk, layout, keys, choice.package, now);
  const auto found = run.find(choice, /*offered=*/false);
  ReleaseChange result;
  add_releases(result, choice.package, found);
  for (const Release* release : found) mark_withdrawn(run.role(), run.catalogue(), *release);
  if (!found.empty()) result.deserted = run.publish();
  run.remove_unlisted(choice, result);
  if (found.empty() && result.files == 0) throw run.not_found(choice);
  result.changed = true;
  return result;
}

MinVersionChange set_min_version(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 KeyRing& keys, const std::string& package,
                                 const std::string& version, bool may_lower, trust::Time now) {
  const Version min_version = Version::parse(version);
  CatalogueChange run(disk, layout, keys, package, now);
  MinVersionChange result;
  result.min_version = min_version.text();
  const auto& before = run.catalogue().min_version;
  if (before) result.previous = before->text();
  if (before && *before == min_version) return result;
  check_min_version(run.catalogue(), min_version, may_lower);
  run.role().min_version = min_version.text();
  result.deserted = run.publish();
  result.changed = true;
  return result;
}

}  // namespace xppkg::publish
