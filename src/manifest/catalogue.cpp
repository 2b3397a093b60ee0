#include "manifest/catalogue.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "read_version.hpp"
#include "trust/metadata.hpp"

namespace xppkg::manifest {
namespace {

constexpr std::size_t kMaxChannels = 64;

/// Target paths become addresses and file names.
bool is_plain(std::string_view path) {
  if (path.find('\\') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::vector<std::string> read_channels(const Fields& fields, const char* name) {
  std::vector<std::string> channels;
  for (const Json& item : fields.array(name, kMaxChannels)) {
    if (!item.is_string()) fields.fail("a channel that is no text");
    channels.push_back(item.get<std::string>());
  }
  std::ranges::sort(channels);
  return channels;
}

Release read_release(const Fields& fields, TargetFile file) {
  Release release;
  release.version = read_version(fields.text("version"));
  release.platform = fields.text("platform");
  release.channels = read_channels(fields, "channels");
  if (fields.has("withdrawn")) {
    release.withdrawn_from = read_channels(fields, "withdrawn");
    release.channels.clear();
  }
  release.tree = Blake2b::from_hex(fields.text("tree"));
  release.manifest = std::move(file);
  return release;
}

Delta read_delta(const Fields& fields, TargetFile file) {
  return {fields.text("from"),
          fields.text("version"),
          fields.text("platform"),
          Blake2b::from_hex(fields.text("base")),
          Blake2b::from_hex(fields.text("tree")),
          std::move(file)};
}

using Fulls = std::map<std::pair<std::string, std::string>, TargetFile>;  // (version, platform)

void attach_fulls(std::vector<Release>& releases, const Fulls& fulls) {
  for (Release& release : releases) {
    const auto full = fulls.find({release.version.text(), release.platform});
    if (full != fulls.end()) release.full = full->second;
  }
}

const Release* find_release(const std::vector<Release>& releases, const Version& version,
                            const std::string& platform, bool withdrawn) {
  const Release* any = nullptr;
  for (const Release& release : releases) {
    if (release.version != version || release.is_withdrawn() != withdrawn) continue;
    if (release.platform == platform) return &release;
    if (release.platform == "any") any = &release;
  }
  return any;
}

Json base_custom(const Manifest& manifest, const char* kind) {
  return {{"kind", kind},
          {"package", manifest.package},
          {"version", manifest.version.text()},
          {"platform", manifest.platform},
          {"tree", manifest.tree.hex()}};
}

}  // namespace

bool Release::in_channel(const std::string& channel) const {
  return std::ranges::binary_search(channels, channel);
}

TargetFile file_of(const std::string& path, const trust::Target& target) {
  if (!target.hashes.sha256) {
    throw Error(Code::trust_malformed, {{"path", path}, {"reason", "its SHA-256 is missing"}});
  }
  return {path, target.length, *target.hashes.sha256};
}

const Release* Catalogue::offered(const Version& version, const std::string& platform) const {
  return find_release(releases, version, platform, /*withdrawn=*/false);
}

const Release* Catalogue::find(const Version& version, const std::string& platform) const {
  const Release* release = offered(version, platform);
  return release ? release : find_release(releases, version, platform, /*withdrawn=*/true);
}

const Release* Catalogue::newest(const std::string& channel, const std::string& platform) const {
  const Release* best = nullptr;
  for (const Release& release : releases) {
    const bool fits = release.platform == platform || release.platform == "any";
    if (!fits || !release.in_channel(channel) || is_below_min_version(release.version)) continue;
    const bool better = best == nullptr || release.version > best->version ||
                        (release.version == best->version && release.platform == platform);
    if (better) best = &release;
  }
  return best;
}

const Release* Catalogue::with_tree(const Blake2b& tree) const {
  const Release* found = nullptr;
  for (const Release& release : releases) {
    if (release.tree != tree) continue;
    if (!release.is_withdrawn()) return &release;
    found = &release;
  }
  return found;
}

Catalogue read_catalogue(const std::string& package, const trust::Targets& targets) {
  Catalogue catalogue;
  catalogue.package = package;
  if (!targets.min_version.empty()) catalogue.min_version = read_version(targets.min_version);
  Fulls fulls;
  for (const auto& [path, target] : targets.targets) {
    const Fields fields(target.custom, path, Code::trust_malformed);
    if (fields.text_or("package", "") != package) continue;
    if (!is_plain(path)) fields.fail("a path with empty parts, or with . or ..");
    const std::string kind = fields.text_or("kind", "");
    if (kind == "manifest") {
      catalogue.releases.push_back(read_release(fields, file_of(path, target)));
    } else if (kind == "full") {
      fulls[{fields.text("version"), fields.text("platform")}] = file_of(path, target);
    } else if (kind == "delta") {
      catalogue.deltas.push_back(read_delta(fields, file_of(path, target)));
    }
  }
  attach_fulls(catalogue.releases, fulls);
  std::ranges::stable_sort(catalogue.releases, {}, &Release::version);
  return catalogue;
}

std::set<std::string> withdrawn_packages(const Catalogue& catalogue) {
  std::set<std::string> paths;
  for (const Release& release : catalogue.releases) {
    if (release.is_withdrawn() && release.full) paths.insert(release.full->path);
  }
  return paths;
}

Json custom_of_manifest(const Manifest& manifest, const std::vector<std::string>& channels) {
  Json custom = base_custom(manifest, "manifest");
  custom["channels"] = channels;
  return custom;
}

Json custom_of_withdrawn(Json custom) {
  custom["withdrawn"] = std::exchange(custom["channels"], Json::array());
  return custom;
}

Json custom_of_payload(const Manifest& manifest, const Payload& payload) {
  Json custom = base_custom(manifest, payload.base ? "delta" : "full");
  if (payload.base) {
    custom["from"] = payload.from;
    custom["base"] = payload.base->hex();
  }
  return custom;
}

}  // namespace xppkg::manifest
