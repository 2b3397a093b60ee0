#include "publish/repository.hpp"

#include <fmt/format.h>

#include <array>

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr trust::Time kDay = 86'400;
// Long enough for a vendor who publishes twice a year and runs nothing in between.
constexpr trust::Time kRootLife = 10 * 365 * kDay;
constexpr trust::Time kTargetsLife = 5 * 365 * kDay;
constexpr trust::Time kTimestampLife = 365 * kDay;

constexpr std::uint64_t kMaxKeyFile = 64 * 1024;

trust::RoleKeys only(const trust::SecretKey& key) {
  return {{key.public_key()}, 1};
}

Bytes signed_by(const Json& value, const trust::SecretKey& key) {
  const trust::Signer* one = &key;
  return trust::sign(value, {&one, 1});
}

trust::FileMeta meta_of(ByteView bytes, std::uint64_t version) {
  return {version, bytes.size(), sha256(bytes)};
}

bool lies_inside(const fs::Path& inner, const fs::Path& outer) {
  const auto relative = std::filesystem::weakly_canonical(inner).lexically_relative(
      std::filesystem::weakly_canonical(outer));
  return !relative.empty() && *relative.begin() != "..";
}

void require_absent(fs::FileSystem& disk, const fs::Path& path) {
  const auto found = disk.stat(path);
  if (!found) return;
  if (found->kind == fs::Kind::directory && disk.list(path).empty()) return;
  throw Error(Code::repository_exists, {{"path", fs::to_utf8(path)}});
}

/// What another key signs, clients refuse.
void require_trusted(const trust::SecretKey& key, const trust::RoleKeys& role,
                     const std::string& name) {
  const auto is_same = [&](const trust::PublicKey& trusted) {
    return trusted.same_key_as(key.public_key());
  };
  if (std::ranges::any_of(role.keys, is_same)) return;
  throw Error(Code::trust_key, {{"key", name}, {"reason", "the repository trusts another one"}});
}

/// Signs and writes the metadata of one state of the repository.
class Writer {
 public:
  Writer(fs::FileSystem& disk, const RepositoryLayout& layout, Keys& keys, trust::Time now)
      : disk_(disk), layout_(layout), keys_(keys), now_(now) {}

  void targets(const std::string& role, trust::Targets targets, const std::string& key,
               trust::Snapshot& snapshot) {
    targets.expires = now_ + kTargetsLife;
    const Bytes bytes = signed_by(trust::write_targets(targets), keys_.open(key));
    write(layout_.role(targets.version, role), bytes);
    snapshot.files[role + ".json"] = meta_of(bytes, targets.version);
  }

  void snapshot_and_timestamp(trust::Snapshot snapshot, trust::Timestamp timestamp) {
    snapshot.expires = now_ + kTimestampLife;
    const Bytes bytes = signed_by(trust::write_snapshot(snapshot), keys_.open("snapshot"));
    write(layout_.role(snapshot.version, "snapshot"), bytes);
    timestamp.snapshot = meta_of(bytes, snapshot.version);
    timestamp.issued = now_;
    timestamp.expires = now_ + kTimestampLife;
    // The one file that clients read by a fixed name: with it the new state is published.
    write(layout_.timestamp(),
          signed_by(trust::write_timestamp(timestamp), keys_.open("timestamp")));
  }

  void write(const fs::Path& path, ByteView bytes) {
    fs::write_file_atomically(disk_, path, bytes);
  }

 private:
  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  Keys& keys_;
  trust::Time now_;
};

}  // namespace

fs::Path RepositoryLayout::role(std::uint64_t version, const std::string& name) const {
  return metadata() / fs::from_utf8(fmt::format("{}.{}.json", version, name));
}

fs::Path RepositoryLayout::target(const manifest::TargetFile& file) const {
  const fs::Path path = fs::from_utf8(file.path);
  return targets() / path.parent_path() / (file.sha256.hex() + "." + path.filename().string());
}

Keys::Keys(fs::FileSystem& disk, fs::Path folder, trust::KeyVault vault)
    : disk_(disk), folder_(std::move(folder)), vault_(std::move(vault)) {}

fs::Path Keys::place(const std::string& name) const {
  return folder_ / fs::from_utf8(name + ".key.json");
}

bool Keys::has(const std::string& name) const {
  return disk_.stat(place(name)).has_value();
}

trust::SecretKey Keys::open(const std::string& name) {
  if (!has(name)) {
    throw Error(Code::trust_key, {{"file", fs::to_utf8(place(name))}, {"reason", "it is missing"}});
  }
  return vault_.open(fs::read_file(disk_, place(name), kMaxKeyFile));
}

trust::SecretKey Keys::create(const std::string& name) {
  if (has(name)) throw Error(Code::repository_exists, {{"path", fs::to_utf8(place(name))}});
  trust::SecretKey key = trust::SecretKey::generate();
  fs::write_file_atomically(disk_, place(name), as_bytes(vault_.seal(key)), 0600);
  return key;
}

trust::SecretKey Keys::open_or_create(const std::string& name) {
  return has(name) ? open(name) : create(name);
}

void create_repository(fs::FileSystem& disk, const RepositoryLayout& layout,
                       const fs::Path& key_folder, trust::KeyVault vault, trust::Time now) {
  if (lies_inside(key_folder, layout.root)) {
    throw Error(Code::usage_invalid, {{"keys", fs::to_utf8(key_folder)},
                                      {"reason", "keys never lie inside the repository"}});
  }
  require_absent(disk, layout.root);
  require_absent(disk, key_folder);
  fs::make_directories(disk, layout.metadata());
  fs::make_directories(disk, layout.targets());
  fs::make_directories(disk, key_folder);
  disk.set_mode(key_folder, 0700);

  Keys keys(disk, key_folder, std::move(vault));
  const trust::SecretKey root_key = keys.create("root");
  // A second root key from the first day, to be kept elsewhere: one lost root key is no disaster.
  const trust::SecretKey spare_key = keys.create("root-spare");
  trust::Root root;
  root.expires = now + kRootLife;
  root.roles["root"] = {{root_key.public_key(), spare_key.public_key()}, 1};
  for (const char* role : {"targets", "snapshot", "timestamp"}) {
    root.roles[role] = only(keys.create(role));
  }
  const std::array<const trust::Signer*, 2> root_keys{&root_key, &spare_key};
  const Bytes root_bytes = trust::sign(trust::write_root(root), root_keys);

  Writer writer(disk, layout, keys, now);
  writer.write(layout.role(1, "root"), root_bytes);
  writer.write(layout.shipped_root(), root_bytes);
  trust::Snapshot snapshot;
  writer.targets("targets", {}, "targets", snapshot);
  writer.snapshot_and_timestamp(std::move(snapshot), {});
}

Published read_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now) {
  const auto read = [&](const fs::Path& path) {
    auto bytes = fs::read_file_if_there(disk, path, trust::Limits::targets);
    if (!bytes) {
      throw Error(Code::repository_invalid, {{"missing", fs::to_utf8(path)}});
    }
    return std::move(*bytes);
  };
  trust::TrustedSet set(read(layout.role(1, "root")), now);
  while (disk.stat(layout.role(set.root().version + 1, "root"))) {
    set.update_root(read(layout.role(set.root().version + 1, "root")));
  }
  set.end_of_roots();
  set.update_timestamp(read(layout.timestamp()));
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

std::string package_key(const std::string& package) {
  return package + ".package";
}

trust::SecretKey open_publishing_keys(Keys& keys, const Published& published,
                                      const std::string& package) {
  const auto& roles = published.set.root().roles;
  for (const char* role : {"snapshot", "timestamp"}) {
    require_trusted(keys.open(role), roles.at(role), role);
  }
  if (!published.has(package)) {
    require_trusted(keys.open("targets"), roles.at("targets"), "targets");
    return keys.open_or_create(package_key(package));
  }
  trust::SecretKey key = keys.open(package_key(package));
  require_trusted(key, published.set.delegation(package)->keys, package_key(package));
  return key;
}

manifest::Manifest read_manifest(fs::FileSystem& disk, const RepositoryLayout& layout,
                                 const Published& published, const std::string& package,
                                 const manifest::TargetFile& file) {
  const auto bytes = fs::read_file_if_there(disk, layout.target(file), manifest::kMaxBytes);
  if (!bytes) throw Error(Code::repository_invalid, {{"missing", file.path}});
  return manifest::parse(published.set.verify_target(package, file.path, *bytes));
}

void publish_package(fs::FileSystem& disk, const RepositoryLayout& layout, Keys& keys,
                     const Published& published, const std::string& package, trust::Targets role,
                     trust::Time now) {
  Writer writer(disk, layout, keys, now);
  const std::string key = package_key(package);
  trust::Snapshot snapshot = *published.set.snapshot();
  ++snapshot.version;
  if (published.has(package)) {
    role.version = published.set.delegated(package).version + 1;
  } else {
    trust::Targets targets = published.set.targets();
    targets.delegations.push_back(
        {package, only(keys.open_or_create(key)), {package + "/*/*/*"}, true});
    ++targets.version;
    writer.targets("targets", std::move(targets), "targets", snapshot);
  }
  writer.targets(package, std::move(role), key, snapshot);
  trust::Timestamp timestamp = *published.set.timestamp();
  ++timestamp.version;
  writer.snapshot_and_timestamp(std::move(snapshot), std::move(timestamp));
}

}  // namespace xppkg::publish
