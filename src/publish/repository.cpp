#include "publish/repository.hpp"

#include <fmt/format.h>

#include "fs/files.hpp"
#include "last_published.hpp"
#include "metadata_update.hpp"

namespace xppkg::publish {

fs::Path RepositoryLayout::role(std::uint64_t version, const std::string& name) const {
  return metadata() / fs::from_utf8(fmt::format("{}.{}.json", version, name));
}

fs::Path RepositoryLayout::target(const manifest::TargetFile& file) const {
  const fs::Path path = fs::from_utf8(file.path);
  return targets() / path.parent_path() / (file.sha256.hex() + "." + path.filename().string());
}

namespace {

using Origin = trust::TrustedSet::Origin;

trust::TrustedSet begin(const LastPublished& last, trust::Moment moment) {
  try {
    return {last.root, moment};
  } catch (const Error& error) {
    throw damaged_memory("root.json", error);
  }
}

// Remembered metadata was verified before it was saved. If it is refused now, it is damaged, and to
// go on without it would be to forget.
void remember(trust::TrustedSet& set, const LastPublished& last) {
  try {
    set.update_timestamp(last.timestamp, Origin::cached);
  } catch (const Error& error) {
    throw damaged_memory("timestamp.json", error);
  }
}

void remember_snapshot(trust::TrustedSet& set, const LastPublished& last) {
  try {
    set.update_snapshot(last.snapshot, Origin::cached);
  } catch (const Error& error) {
    throw damaged_memory("snapshot.json", error);
  }
}

// Our repositories name files by version and hash; a client that is told otherwise finds nothing.
void check_names(const trust::Root& root) {
  if (root.consistent_snapshot) return;
  throw Error(Code::repository_invalid,
              {{"root", fmt::to_string(root.version)}, {"reason", "consistent_snapshot is false"}});
}

}  // namespace

Published read_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now,
                          const ReadOptions& read_options) {
  const auto read = [&](const fs::Path& path) {
    return fs::read_file_if_there(disk, path, trust::Limits::targets);
  };
  return read_repository(read, layout, now, read_options);
}

Published read_repository(const ReadFile& read_file, const RepositoryLayout& layout,
                          trust::Time now, const ReadOptions& read_options) {
  const auto read = [&](const fs::Path& path) {
    auto bytes = read_file(path);
    if (!bytes) {
      throw Error(Code::repository_invalid, {{"missing", fs::to_utf8(path)}});
    }
    return std::move(*bytes);
  };
  // Nothing has expired at the beginning of time.
  const trust::Moment moment(read_options.expiry == Expiry::ignored ? 0 : now);
  const LastPublished* last = read_options.last;
  trust::TrustedSet set =
      last != nullptr
          ? begin(*last, moment)
          : trust::TrustedSet(read(layout.role(read_options.first_root, "root")), moment);
  if (last != nullptr && read(layout.role(set.root().version, "root")) != last->root) {
    throw Error(Code::trust_rollback, {{"role", "root"}, {"reason", "it is another root"}});
  }
  bool is_rotated = false;
  while (const auto next = read_file(layout.role(set.root().version + 1, "root"))) {
    is_rotated = set.update_root(*next) || is_rotated;
  }
  check_names(set.root());
  set.end_of_roots();
  if (last != nullptr && !is_rotated) remember(set, *last);
  set.update_timestamp(read(layout.timestamp()));
  if (last != nullptr && !is_rotated) remember_snapshot(set, *last);
  set.update_snapshot(read(layout.role(set.timestamp()->snapshot.version, "snapshot")),
                      trust::TrustedSet::Origin::remote);
  set.update_targets(read(layout.role(set.file_meta("targets").version, "targets")));
  Published published{std::move(set), {}};
  for (const trust::Delegation& delegation : published.set.targets().delegations) {
    const std::string& name = delegation.name;
    published.set.update_delegated(name,
                                   read(layout.role(published.set.file_meta(name).version, name)));
    published.packages.push_back(name);
  }
  std::ranges::sort(published.packages);
  return published;
}

Signers open_publishing_keys(KeyRing& keys, const Published& published,
                             const std::string& package) {
  const auto& roles = published.set.root().roles;
  for (const char* role : {"snapshot", "timestamp"}) keys.require(role, roles.at(role));
  if (published.has(package)) {
    return keys.require(package, published.set.delegation(package)->keys);
  }
  keys.require("targets", roles.at("targets"));
  return {&keys.open_or_create(key_name(package))};
}

manifest::Manifest read_manifest(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 const Published& published, const std::string& package,
                                 const manifest::TargetFile& file) {
  const auto bytes = fs::read_file_if_there(disk, layout.target(file), manifest::kMaxBytes);
  if (!bytes) throw Error(Code::repository_invalid, {{"missing", file.path}});
  return manifest::parse(published.set.verify_target(package, file.path, *bytes));
}

void publish_package(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                     const Published& published, const std::string& package, trust::Targets role,
                     trust::Time now) {
  MetadataUpdate update(disk, layout, keys, published, now);
  if (!published.has(package)) {
    const trust::PublicKey key = keys.open_or_create(key_name(package)).public_key();
    update.change_targets().delegations.push_back(
        {package, {{key}, 1}, {package + "/*/*/*"}, true});
  }
  update.set_package(package, std::move(role));
  update.publish();
}

}  // namespace xppkg::publish
