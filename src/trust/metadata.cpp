#include "trust/metadata.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "metadata_common.hpp"

namespace xppkg::trust {
namespace {

constexpr std::array<const char*, 4> kTopRoles{"root", "timestamp", "snapshot", "targets"};
constexpr std::size_t kMaxTargets = 200'000;
constexpr std::size_t kMaxDelegations = 4096;
constexpr std::size_t kMaxPatterns = 1024;
constexpr const char* kSnapshotFile = "snapshot.json";

Target read_target(const Fields& fields) {
  Target target;
  target.length = fields.number("length");
  target.hashes = read_hashes(fields);
  target.custom = fields.has("custom") ? fields.object("custom") : Json::object();
  return target;
}

std::vector<std::string> read_texts(const Fields& fields, const char* name) {
  std::vector<std::string> texts;
  for (const Json& item : fields.array(name, kMaxPatterns)) {
    if (!item.is_string()) fields.fail("a pattern that is no text");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Delegation read_delegation(const Fields& fields, const KeyMap& keys) {
  Delegation delegation;
  delegation.name = fields.text("name");
  if (!is_delegated_role_name(delegation.name)) fields.fail("a role name that is none");
  delegation.keys = read_role_keys(fields, keys);
  delegation.terminating = fields.flag("terminating");
  if (fields.has("paths") == fields.has("path_hash_prefixes")) {
    fields.fail("not one of paths and path_hash_prefixes");
  }
  if (fields.has("paths")) {
    delegation.paths = read_texts(fields, "paths");
  } else {
    delegation.path_hash_prefixes = read_texts(fields, "path_hash_prefixes");
  }
  return delegation;
}

std::vector<Delegation> read_delegations(const Fields& fields, Schemes allowed) {
  const KeyMap keys = read_keys(fields.object("keys"), fields, allowed);
  std::vector<Delegation> delegations;
  for (const Json& item : fields.array("roles", kMaxDelegations)) {
    Delegation next = read_delegation(Fields(item, "delegation", Code::trust_malformed), keys);
    const auto same = [&](const Delegation& other) { return other.name == next.name; };
    if (std::ranges::any_of(delegations, same)) fields.fail("a role delegated twice");
    delegations.push_back(std::move(next));
  }
  return delegations;
}

Json write_delegations(const std::vector<Delegation>& delegations) {
  Json keys = Json::object();
  Json roles = Json::array();
  for (const Delegation& delegation : delegations) {
    write_keys(keys, delegation.keys);
    Json role = write_role_keys(delegation.keys);
    role["name"] = delegation.name;
    role["terminating"] = delegation.terminating;
    if (delegation.path_hash_prefixes.empty()) {
      role["paths"] = delegation.paths;
    } else {
      role["path_hash_prefixes"] = delegation.path_hash_prefixes;
    }
    roles.push_back(std::move(role));
  }
  return {{"keys", keys}, {"roles", roles}};
}

}  // namespace

Root read_root(const Json& json, Schemes allowed) {
  Root root;
  const Fields fields = open_role(json, "root", root);
  root.consistent_snapshot = fields.flag_or("consistent_snapshot", false);
  const KeyMap keys = read_keys(fields.object("keys"), fields, allowed);
  const Fields roles = fields.fields("roles");
  for (const char* name : kTopRoles) {
    root.roles.emplace(name, read_role_keys(roles.fields(name), keys));
  }
  return root;
}

Timestamp read_timestamp(const Json& json) {
  Timestamp timestamp;
  const Fields fields = open_role(json, "timestamp", timestamp);
  timestamp.snapshot = read_file_meta(fields.fields("meta").fields(kSnapshotFile));
  if (fields.has("issued")) timestamp.issued = parse_time(fields.text("issued"));
  return timestamp;
}

Snapshot read_snapshot(const Json& json) {
  Snapshot snapshot;
  const Fields fields = open_role(json, "snapshot", snapshot);
  for (const auto& [name, meta] : fields.object("meta").items()) {
    snapshot.files.emplace(name, read_file_meta(Fields(meta, name, Code::trust_malformed)));
  }
  if (!snapshot.files.contains("targets.json")) fields.fail("targets.json is missing");
  return snapshot;
}

Targets read_targets(const Json& json, Schemes allowed) {
  Targets targets;
  const Fields fields = open_role(json, "targets", targets);
  const Json& list = fields.object("targets");
  if (list.size() > kMaxTargets) fields.fail("too many targets");
  for (const auto& [path, target] : list.items()) {
    targets.targets.emplace(path, read_target(Fields(target, path, Code::trust_malformed)));
  }
  if (fields.has("delegations"))
    targets.delegations = read_delegations(fields.fields("delegations"), allowed);
  targets.min_version = fields.text_or("min_version", "");
  return targets;
}

Json write_root(const Root& root) {
  Json json = start_role("root", root);
  json["consistent_snapshot"] = root.consistent_snapshot;
  json["keys"] = Json::object();
  for (const auto& [name, role] : root.roles) {
    write_keys(json["keys"], role);
    json["roles"][name] = write_role_keys(role);
  }
  return json;
}

Json write_timestamp(const Timestamp& timestamp) {
  Json json = start_role("timestamp", timestamp);
  json["meta"] = {{kSnapshotFile, write_file_meta(timestamp.snapshot)}};
  json["issued"] = format_time(timestamp.issued);
  return json;
}

Json write_snapshot(const Snapshot& snapshot) {
  Json json = start_role("snapshot", snapshot);
  for (const auto& [name, meta] : snapshot.files) json["meta"][name] = write_file_meta(meta);
  return json;
}

Json write_targets(const Targets& targets) {
  Json json = start_role("targets", targets);
  json["targets"] = Json::object();
  for (const auto& [path, target] : targets.targets) {
    json["targets"][path] = {{"length", target.length},
                             {"hashes", write_hashes(target.hashes)},
                             {"custom", target.custom}};
  }
  if (!targets.min_version.empty()) json["min_version"] = targets.min_version;
  if (!targets.delegations.empty()) json["delegations"] = write_delegations(targets.delegations);
  return json;
}

bool Delegation::covers(std::string_view path) const {
  const auto matches = [&](const std::string& pattern) { return pattern_matches(pattern, path); };
  if (std::ranges::any_of(paths, matches)) return true;
  if (path_hash_prefixes.empty()) return false;
  const std::string hash = sha256(as_bytes(path)).hex();
  return std::ranges::any_of(path_hash_prefixes, [&](const std::string& prefix) {
    return !prefix.empty() && hash.starts_with(prefix);
  });
}

bool pattern_matches(std::string_view pattern, std::string_view path) {
  // One star is tried at a time, and only the last one ever has to give way: linear in practice,
  // never exponential.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() &&
               (pattern[p] == path[t] || (pattern[p] == '?' && path[t] != '/'))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && path[resume] != '/') {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace xppkg::trust
