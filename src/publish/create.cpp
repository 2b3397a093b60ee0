#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "fs/files.hpp"
#include "last_published.hpp"
#include "publish/policy.hpp"
#include "publish/repository.hpp"
#include "staged_publish.hpp"

namespace xppkg::publish {

bool lies_inside(const fs::Path& inner, const fs::Path& outer) {
  const auto relative = std::filesystem::weakly_canonical(inner).lexically_relative(
      std::filesystem::weakly_canonical(outer));
  return !relative.empty() && *relative.begin() != "..";
}

namespace {

void require_absent(fs::FileSystem& disk, const fs::Path& path) {
  const auto found = disk.stat(path);
  if (!found) return;
  if (found->kind == fs::Kind::directory && disk.list(path).empty()) return;
  throw Error(Code::repository_exists, {{"path", fs::to_utf8(path)}});
}

Bytes signed_by(const Json& value, const trust::Signer& key) {
  const trust::Signer* one = &key;
  return trust::sign(value, {&one, 1});
}

}  // namespace

void require_outside(const fs::Path& keys, const RepositoryLayout& layout) {
  if (!lies_inside(keys, layout.root)) return;
  throw Error(Code::usage_invalid,
              {{"keys", fs::to_utf8(keys)}, {"reason", "keys never lie inside the repository"}});
}

namespace {

constexpr std::array kFirstKeys{"root", "root-spare", "targets", "snapshot", "timestamp"};
constexpr std::array kFirstMetadata{"1.root.json", "1.targets.json", "1.snapshot.json",
                                    "timestamp.json"};

void remove_if_empty(fs::FileSystem& disk, const fs::Path& folder) {
  if (disk.stat(folder) && disk.list(folder).empty()) disk.remove_directory(folder);
}

/// True if the folder has nothing, or nothing but these files.
bool has_only(fs::FileSystem& disk, const fs::Path& folder, std::span<const char* const> names) {
  if (!disk.stat(folder)) return true;
  return std::ranges::all_of(disk.list(folder), [&](const fs::Path& name) {
    return std::ranges::find(names, fs::to_utf8(name)) != names.end();
  });
}

/// Takes away what a run left that did not come to its end, whose keys have signed nothing but a
/// repository without releases. Nothing else is touched.
void clear_unfinished(fs::FileSystem& disk, const RepositoryLayout& layout, const fs::Path& keys) {
  if (!disk.stat(keys / kUnfinishedInit)) return;
  if (!has_only(disk, layout.metadata(), kFirstMetadata) || !has_only(disk, layout.targets(), {})) {
    return;
  }
  fs::remove_tree(disk, layout.metadata());
  fs::remove_tree(disk, layout.work());
  fs::remove_file_if_there(disk, layout.shipped_root());
  remove_if_empty(disk, layout.targets());
  remove_if_empty(disk, layout.root);
  for (const char* name : kFirstKeys) {
    const fs::Path file = keys / (std::string(name) + ".key.json");
    fs::remove_file_if_there(disk, file);
    fs::remove_file_if_there(disk, fs::Path(file) += ".new");
  }
  remove_last_published(disk, keys);
  fs::remove_file_if_there(disk, keys / kUnfinishedInit);
  remove_if_empty(disk, keys);
}

void make_folders(fs::FileSystem& disk, const RepositoryLayout& layout, const fs::Path& keys) {
  fs::make_directories(disk, keys);
  disk.set_mode(keys, 0700);
  disk.create(keys / kUnfinishedInit, 0600)->sync();
  disk.sync_directory(keys);
  fs::make_directories(disk, layout.metadata());
  fs::make_directories(disk, layout.targets());
  fs::make_directories(disk, layout.work());
}

void publish_first(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                   trust::Time now) {
  const Policy policy;
  const trust::Signer& root_key = keys.create("root");
  // A second root key from the first day, to be kept elsewhere: one lost root key is no disaster.
  const trust::Signer& spare_key = keys.create("root-spare");
  trust::Root root;
  root.expires = policy.end_of("root", now);
  root.roles["root"] = {{root_key.public_key(), spare_key.public_key()}, 1};
  for (const char* role : {"targets", "snapshot", "timestamp"}) {
    root.roles[role] = {{keys.create(role).public_key()}, 1};
  }
  const auto sign = [&](const std::string& role, const Json& value) {
    return signed_by(value, *keys.require(role, root.roles.at(role)).front());
  };
  const std::array<const trust::Signer*, 2> root_keys{&root_key, &spare_key};
  const Bytes root_bytes = trust::sign(trust::write_root(root), root_keys);
  trust::Targets targets;
  targets.expires = policy.end_of("targets", now);
  const Bytes targets_bytes = sign("targets", trust::write_targets(targets));
  trust::Snapshot snapshot;
  snapshot.expires = policy.end_of("snapshot", now);
  snapshot.files["targets.json"] = {1, targets_bytes.size(), sha256(targets_bytes)};
  const Bytes snapshot_bytes = sign("snapshot", trust::write_snapshot(snapshot));
  trust::Timestamp timestamp;
  timestamp.snapshot = {1, snapshot_bytes.size(), sha256(snapshot_bytes)};
  timestamp.issued = now;
  timestamp.expires = policy.end_of("timestamp", now);

  StagedPublish staged(disk, layout);
  staged.put(layout.role(1, "root"), root_bytes);
  staged.put(layout.shipped_root(), root_bytes);
  staged.put(layout.role(1, "targets"), targets_bytes);
  staged.put(layout.role(1, "snapshot"), snapshot_bytes);
  const Bytes timestamp_bytes = sign("timestamp", trust::write_timestamp(timestamp));
  staged.put(layout.timestamp(), timestamp_bytes);
  staged.publish();
  save_last_published(disk, keys.folder(), {root_bytes, timestamp_bytes, snapshot_bytes});
}

}  // namespace

void create_repository(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                       trust::Time now) {
  require_outside(keys.folder(), layout);
  clear_unfinished(disk, layout, keys.folder());
  keys.read_folder();
  require_absent(disk, layout.root);
  require_absent(disk, keys.folder());
  try {
    make_folders(disk, layout, keys.folder());
    publish_first(disk, layout, keys, now);
  } catch (const Error&) {
    try {
      clear_unfinished(disk, layout, keys.folder());
    } catch (const Error&) {
      // The next run does it; the failure itself is reported.
    }
    throw;
  }
}

}  // namespace xppkg::publish
