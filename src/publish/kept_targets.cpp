#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

#include "plan/planner.hpp"
#include "publish/prune.hpp"

namespace xppkg::publish {
namespace {

using manifest::Catalogue;
using manifest::Delta;
using manifest::Release;
using Channels = std::vector<std::string>;

/// The cheapest plan from one kept release to another; none: no payloads lead there.
struct UpgradePath {
  const Release* from = nullptr;
  const Release* to = nullptr;
  std::optional<plan::Plan> plan;
};

/// A withdrawn release stays as long as it would stay if it were offered, and pushes none out.
std::vector<const Release*> newest_of_each(const Catalogue& catalogue, std::size_t keep) {
  std::vector<const Release*> kept;
  std::map<std::pair<std::string, std::string>, std::size_t> taken;  // (platform, channel)
  for (auto release = catalogue.releases.rbegin(); release != catalogue.releases.rend();
       ++release) {
    bool is_kept = false;
    for (const std::string& channel : release->withdrawn_from.value_or(Channels())) {
      is_kept = taken[{release->platform, channel}] < keep || is_kept;
    }
    for (const std::string& channel : release->channels) {
      is_kept = taken[{release->platform, channel}]++ < keep || is_kept;
    }
    if (is_kept) kept.push_back(&*release);
  }
  return kept;
}

std::optional<plan::Plan> cheapest(const Catalogue& catalogue, const Release& from,
                                   const Release& to) {
  plan::Request request;
  request.base = plan::InstalledBase{from.version.text(), from.tree, false};
  request.wanted = &to;
  try {
    return plan::make_plan(catalogue, request);
  } catch (const Error& error) {
    if (error.code() != Code::plan_none) throw;
    return std::nullopt;
  }
}

/// Between every two releases that one workstation may have and go to: also backwards, as a site
/// may go back, and between a platform and "any".
std::vector<UpgradePath> all_upgrade_paths(const Catalogue& catalogue,
                                           const std::vector<const Release*>& kept) {
  std::vector<UpgradePath> upgrade_paths;
  for (const Release* from : kept) {
    for (const Release* to : kept) {
      const bool meet =
          from->platform == to->platform || from->platform == "any" || to->platform == "any";
      if (from != to && meet) upgrade_paths.push_back({from, to, cheapest(catalogue, *from, *to)});
    }
  }
  return upgrade_paths;
}

/// Paths of what the upgrade paths take: payloads, and the manifest of each step.
std::set<std::string> taken_by(const std::vector<UpgradePath>& upgrade_paths) {
  std::set<std::string> paths;
  for (const UpgradePath& upgrade_path : upgrade_paths) {
    if (!upgrade_path.plan) continue;
    for (const plan::Step& step : upgrade_path.plan->steps) {
      paths.insert(step.payload.path);
      paths.insert(step.manifest.path);
    }
  }
  return paths;
}

bool is_to_one_of(const Delta& delta, const std::vector<const Release*>& kept) {
  return std::ranges::any_of(kept, [&](const Release* release) {
    return release->version.text() == delta.to && release->platform == delta.platform;
  });
}

class Pruner {
 public:
  Pruner(const Catalogue& catalogue, std::size_t keep, trust::Targets role)
      : catalogue_(catalogue),
        kept_(newest_of_each(catalogue, keep)),
        upgrade_paths_(all_upgrade_paths(catalogue, kept_)),
        taken_(taken_by(upgrade_paths_)) {
    pruned_.role = std::move(role);
  }

  PrunedRole run() {
    for (const Release& release : catalogue_.releases) {
      if (std::ranges::find(kept_, &release) == kept_.end()) drop(release);
    }
    for (const Delta& delta : catalogue_.deltas) {
      if (!is_needed(delta)) drop(delta);
    }
    check();
    return std::move(pruned_);
  }

 private:
  [[nodiscard]] bool is_needed(const Delta& delta) const {
    if (taken_.contains(delta.file.path)) return true;
    // The base is a release that was withdrawn, kept or not: its users are to get away cheaply as
    // long as there is where to go.
    const Release* base = catalogue_.with_tree(delta.base);
    return (base == nullptr || base->is_withdrawn()) && is_to_one_of(delta, kept_);
  }

  void drop(const Release& release) {
    const bool is_step = taken_.contains(release.manifest.path);
    if (is_step && !release.full && release.channels.empty()) return;  // Pruned before.
    if (release.full) pruned_.role.targets.erase(release.full->path);
    if (is_step) {
      pruned_.role.targets.at(release.manifest.path).custom["channels"] = Json::array();
    } else {
      pruned_.role.targets.erase(release.manifest.path);
    }
    pruned_.releases.push_back({release.version.text(), release.platform, is_step});
  }

  void drop(const Delta& delta) {
    pruned_.role.targets.erase(delta.file.path);
    pruned_.deltas.push_back({delta.from, delta.to, delta.platform});
  }

  /// Plans once more, from the metadata to be published.
  void check() const {
    const Catalogue after = manifest::read_catalogue(catalogue_.package, pruned_.role);
    for (const UpgradePath& upgrade_path : upgrade_paths_) {
      if (!upgrade_path.plan) continue;
      const auto same = [&](const Release* release) {
        return after.find(release->version, release->platform);
      };
      const Release* from = same(upgrade_path.from);
      const Release* to = same(upgrade_path.to);
      const auto plan = from && to ? cheapest(after, *from, *to) : std::nullopt;
      if (plan && plan->bytes <= upgrade_path.plan->bytes) continue;
      throw Error(Code::internal, {{"reason", "pruning would make an update dearer"},
                                   {"from", upgrade_path.from->version.text()},
                                   {"to", upgrade_path.to->version.text()}});
    }
  }

  const Catalogue& catalogue_;
  std::vector<const Release*> kept_;
  std::vector<UpgradePath> upgrade_paths_;
  std::set<std::string> taken_;
  PrunedRole pruned_;
};

}  // namespace

PrunedRole prune_role(const std::string& package, const trust::Targets& role, std::size_t keep) {
  if (keep == 0) {
    throw Error(Code::usage_invalid, {{"keep", "0"}, {"reason", "one release has to stay"}});
  }
  const Catalogue catalogue = manifest::read_catalogue(package, role);
  return Pruner(catalogue, keep, role).run();
}

}  // namespace xppkg::publish
