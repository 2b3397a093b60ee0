#include "trust/workflow.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace xppkg::trust {
namespace {

using Origin = TrustedSet::Origin;

/// Cached metadata that does not hold any more is as good as none.
template <typename Update>
bool holds(const Update& update) {
  try {
    update();
    return true;
  } catch (const Error& error) {
    if (info(error.code()).category == Category::trust) return false;
    if (error.code() == Code::unsupported_format) return false;
    throw;
  }
}

/// The roles that a role delegates the path to, the first one last.
struct Next {
  std::vector<RoleChain> chains;
  bool terminated = false;  ///< what these do not answer, nobody after them may
};

Next next_of(const Targets& targets, const RoleChain& chain, const std::string& path) {
  Next next;
  for (const Delegation& delegation : targets.delegations) {
    if (!delegation.covers(path)) continue;
    next.chains.push_back(chain);
    next.chains.back().push_back(delegation.name);
    next.terminated = delegation.terminating;
    if (next.terminated) break;
  }
  std::ranges::reverse(next.chains);
  return next;
}

}  // namespace

Workflow::Workflow(ByteView trusted_root, Moment now, Schemes allowed, MetadataSource& source,
                   MetadataCache& cache)
    : set_(trusted_root, now, allowed), source_(source), cache_(cache) {}

void Workflow::refresh() {
  roots();
  timestamp();
  snapshot();
  role({"targets"});
}

void Workflow::roots() {
  for (int i = 0; i < Limits::root_rotations; ++i) {
    const auto bytes = source_.fetch(metadata_file("root", set_.root().version + 1), Limits::root);
    if (!bytes) break;
    if (set_.update_root(*bytes)) {
      // Before the root is saved: a run that is killed in between does it again.
      cache_.remove("snapshot");
      cache_.remove("timestamp");
    }
    cache_.save("root", *bytes);
  }
  set_.end_of_roots();
}

void Workflow::timestamp() {
  if (const auto cached = cache_.load("timestamp")) {
    holds([&] { set_.update_timestamp(*cached, Origin::cached); });
  }
  const Bytes bytes = fetch(metadata_file("timestamp"), Limits::timestamp);
  if (set_.update_timestamp(bytes, Origin::remote)) cache_.save("timestamp", bytes);
}

void Workflow::snapshot() {
  if (const auto cached = cache_.load("snapshot")) {
    holds([&] { set_.update_snapshot(*cached, Origin::cached); });
  }
  if (set_.snapshot_is_current()) return set_.end_of_snapshot();
  const FileMeta& meta = set_.timestamp()->snapshot;
  const std::uint64_t limit = std::min(meta.length.value_or(Limits::snapshot), Limits::snapshot);
  const Bytes bytes = fetch(file_of("snapshot", meta.version), limit);
  set_.update_snapshot(bytes, Origin::remote);
  cache_.save("snapshot", bytes);
}

const Targets& Workflow::delegated(const std::string& name) {
  if (set_.delegation(name) == nullptr) {
    throw Error(Code::notfound_package, {{"package", name}});
  }
  return role({"targets", name});
}

std::optional<FoundTarget> Workflow::find_target(const std::string& path) {
  std::set<std::string> visited;
  std::vector<RoleChain> to_visit{{"targets"}};
  while (!to_visit.empty() && visited.size() < Limits::roles_visited) {
    const RoleChain chain = std::move(to_visit.back());
    to_visit.pop_back();
    if (!visited.insert(chain.back()).second) continue;
    const Targets& targets = role(chain);
    if (const auto found = targets.targets.find(path); found != targets.targets.end()) {
      return FoundTarget{path, found->second};
    }
    Next next = next_of(targets, chain, path);
    if (next.terminated) to_visit.clear();
    to_visit.insert(to_visit.end(), next.chains.begin(), next.chains.end());
  }
  return std::nullopt;
}

const Targets& Workflow::role(const RoleChain& chain) {
  if (const Targets* known = set_.find(chain)) return *known;
  const std::string& name = chain.back();
  const FileMeta& meta = set_.file_meta(name);
  if (const auto seen = fetched_.find(name); seen != fetched_.end()) {
    update(chain, seen->second);
    return *set_.find(chain);
  }
  if (const auto cached = cache_.load(name)) {
    if (holds([&] { update(chain, *cached); })) return *set_.find(chain);
  }
  const std::uint64_t limit = std::min(meta.length.value_or(Limits::targets), Limits::targets);
  const Bytes& bytes = fetched_[name] = fetch(file_of(name, meta.version), limit);
  update(chain, bytes);
  cache_.save(name, bytes);
  return *set_.find(chain);
}

void Workflow::update(const RoleChain& chain, ByteView bytes) {
  if (chain.size() == 1) {
    set_.update_targets(bytes);
  } else {
    set_.update_delegated(chain, bytes);
  }
}

std::string Workflow::file_of(const std::string& role, std::uint64_t version) const {
  return set_.root().consistent_snapshot ? metadata_file(role, version) : metadata_file(role);
}

Bytes Workflow::fetch(const std::string& file, std::uint64_t limit) {
  auto bytes = source_.fetch(file, limit);
  if (!bytes) throw Error(Code::notfound_file, {{"path", file}});
  return std::move(*bytes);
}

}  // namespace xppkg::trust
