#include "site_payload.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "fs/system.hpp"
#include "plan/planner.hpp"
#include "source/download.hpp"
#include "trust/role_name.hpp"

namespace xppkg::client {
namespace {

constexpr const char* kMetadata = "metadata/";
/// A workstation that was silent for longer comes by the full package.
constexpr trust::Time kRemembered = 180 * 24 * 3600;

}  // namespace

void SitePayload::QuietObserver::notice(const Notice& notice) {
  // The database lacks files, of course: that is why we are here.
  if (notice.id != "source.skipped" || notice.path != database_) observer_.notice(notice);
}

SitePayload::SitePayload(Session& session, const SavedRepository& repository, Upload& upload,
                         Observer& observer)
    : session_(session),
      repository_(repository),
      upload_(upload),
      observer_(observer, site::without_password(session.config().database)) {
  folder_ = session.layout().downloads();
  if (session.may_write()) return;
  // A releaser need not have the right to write the install folder.
  folder_ = fs::temporary_name();
  fs::native().make_directory(folder_, 0700);  // Fails where somebody else has it.
  folder_is_ours_ = true;
}

SitePayload::~SitePayload() {
  try {
    if (folder_is_ours_) fs::remove_tree(fs::native(), folder_);
  } catch (const Error&) {
    // Files left in the system's temporary folder do no harm.
  }
}

void SitePayload::put(const Version& version, const std::vector<site::Workstation>& workstations,
                      const std::string& released_before) {
  put_metadata();
  for (const auto& [platform, versions] : versions_by_platform(workstations, released_before)) {
    const auto* release = repository_.trusted.catalogue.offered(version, platform);
    if (release == nullptr) {
      observer_.notice({"platform.not-offered", platform, version.text()});
      continue;
    }
    put_release(*release);
    const bool is_unknown = std::ranges::all_of(versions, [&](const std::string& from) {
      return from.empty() || from == release->version.text();
    });
    for (const std::string& from : is_unknown ? versions_before(*release) : versions) {
      put_way(from, platform, *release);
    }
  }
}

SitePayload::Versions SitePayload::versions_by_platform(
    const std::vector<site::Workstation>& workstations, const std::string& released_before) const {
  Versions found;
  found[session_.config().platform];
  for (const site::Workstation& workstation : workstations) {
    if (workstation.seen < session_.now() - kRemembered) continue;
    found[workstation.platform].insert(workstation.version);
  }
  for (auto& [platform, versions] : found) versions.insert(released_before);
  return found;
}

// Only the pilot has reported a version at a site's first release.
std::set<std::string> SitePayload::versions_before(const manifest::Release& release) const {
  std::set<std::string> versions;
  for (const manifest::Delta& delta : repository_.trusted.catalogue.deltas) {
    if (delta.tree == release.tree) versions.insert(delta.from);
  }
  return versions;
}

void SitePayload::put_metadata() {
  for (const auto& [name, bytes] : repository_.files) put_bytes(kMetadata + name, bytes);
  put_older_roots();
}

// A workstation goes from its own root to the next, and never leaves one out.
void SitePayload::put_older_roots() {
  const std::uint64_t newest = repository_.trusted.set.root().version;
  Bytes next = repository_.files.at(trust::metadata_file("root", newest));
  for (std::uint64_t version = newest - 1; version > 1; --version) {
    const std::string path = kMetadata + trust::metadata_file("root", version);
    auto bytes = session_.without_lock(observer_, [&] { return find_root(path, next); });
    if (!bytes) {
      observer_.notice({"root.not-found", path, "workstations with an older root ask the sources"});
      return;
    }
    put_bytes(path, *bytes);
    next = std::move(*bytes);
  }
}

/// A root that the next one follows. The vendor's before the database's.
std::optional<Bytes> SitePayload::find_root(const std::string& path, const Bytes& next) {
  auto& sources = session_.sources();
  for (auto source = sources.rbegin(); source != sources.rend(); ++source) {
    try {
      auto bytes = (*source)->read(path, trust::Limits::root, observer_);
      if (!bytes) continue;
      trust::TrustedSet(*bytes, session_.now()).update_root(next);
      return bytes;
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
    }
  }
  return std::nullopt;
}

void SitePayload::put_release(const manifest::Release& release) {
  const manifest::Manifest& manifest = put_manifest(release.manifest, release.tree);
  if (release.full) put_payload(*release.full, manifest);
}

void SitePayload::put_way(const std::string& version, const std::string& platform,
                          const manifest::Release& release) {
  if (version.empty()) return;
  const auto& catalogue = repository_.trusted.catalogue;
  const manifest::Release* from = nullptr;
  try {
    from = catalogue.find(Version::parse(version), platform);
  } catch (const Error&) {
    // A row of the database says so, and that proves nothing.
  }
  if (from == nullptr || from->tree == release.tree) return;
  plan::Request request;
  request.base = plan::InstalledBase{version, from->tree};
  request.wanted = &release;
  request.present = [](const manifest::TargetFile&) { return std::uint64_t{0}; };
  request.refused = [](const manifest::Delta&) { return false; };
  for (const plan::Step& step : plan::make_plan(catalogue, request).steps) {
    put_payload(step.payload, put_manifest(step.manifest, step.tree));
  }
}

const manifest::Manifest& SitePayload::put_manifest(const manifest::TargetFile& file,
                                                    const Blake2b& tree) {
  const auto known = manifests_.find(file.path);
  if (known != manifests_.end()) return known->second;
  SignedManifest found = session_.fetch_manifest(repository_.trusted, file, tree, observer_);
  put_bytes(source_path(file), found.bytes);
  return manifests_.emplace(file.path, std::move(found.manifest)).first->second;
}

void SitePayload::put_payload(const manifest::TargetFile& file,
                              const manifest::Manifest& manifest) {
  if (!payloads_.insert(file.path).second) return;
  const std::string path = source_path(file);
  if (upload_.has(path, file.sha256, file.size)) return;
  std::vector<source::Source*> sources;
  for (const auto& source : session_.sources()) sources.push_back(source.get());
  source::DownloadStore store(folder_is_ours_ ? fs::native() : session_.disk(), folder_);
  const source::RemoteFile wanted = remote_payload(manifest, file);
  const std::uint64_t before = store.present(wanted);
  const fs::Path found =
      session_.without_lock(observer_, [&] { return store.fetch(wanted, sources, observer_); });
  downloaded_ += wanted.size - before;
  upload_.put(path, file.sha256, *session_.disk().open_read(found));
}

void SitePayload::put_bytes(const std::string& path, const Bytes& bytes) {
  const Sha256 digest = sha256(bytes);
  if (!upload_.has(path, digest, bytes.size())) {
    upload_.put(path, digest, BufferReader(bytes));
  }
}

}  // namespace xppkg::client
