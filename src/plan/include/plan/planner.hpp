#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifest/catalogue.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg::plan {

using Reason = PlanReason;

/// One download, the tree it applies to, and its result.
struct Step {
  bool is_full = false;
  std::string from;  ///< version; empty when is_full
  std::string to;    ///< version
  Blake2b base;      ///< tree; all zero when is_full
  Blake2b tree;
  manifest::TargetFile payload;
  /// Of the release that the payload was published with. The last step's has the wanted contents,
  /// but may be that of another version with the same ones.
  manifest::TargetFile manifest;
};

struct Plan {
  std::vector<Step> steps;         ///< in order; empty when there is nothing to download
  std::uint64_t bytes = 0;         ///< of payload still to be downloaded
  std::uint64_t repair_bytes = 0;  ///< of these, to repair the base before its first delta
  std::uint64_t full_bytes = 0;    ///< of the wanted release's full package
  Reason reason = Reason::up_to_date;
};

/// The release in the folder.
struct InstalledBase {
  std::string version;
  Blake2b tree;
  bool damaged = false;  ///< some entry is not what the manifest says
  /// Bytes to be downloaded to have all its contents at hand; none: they are not to be had.
  std::optional<std::uint64_t> repair_bytes = 0;
};

struct Request {
  std::optional<InstalledBase> base;  ///< none: nothing is installed
  const manifest::Release* wanted = nullptr;
  /// Bytes of a payload that are downloaded already.
  std::function<std::uint64_t(const manifest::TargetFile&)> present;
  /// True for deltas that must not be tried again.
  std::function<bool(const manifest::Delta&)> refused;
};

/// The cheapest way by bytes over the signed deltas (Dijkstra), what repairs the base included, and
/// the full package as last resort.
/// Between equal ways the one with fewer steps wins. Throws Error{plan_none} when neither exists.
Plan make_plan(const manifest::Catalogue& catalogue, const Request& request);

}  // namespace xppkg::plan
