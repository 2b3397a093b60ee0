#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifest/catalogue.hpp"

namespace xppkg::plan {

/// The reason for a plan. `id` gives the stable text for scripts.
enum class Reason {
  up_to_date,     ///< the wanted release is installed
  same_contents,  ///< the wanted release has the installed contents under another version
  kept,           ///< all its files are here: it was left before, and kept for going back
  delta_chain,    ///< deltas are the cheapest way
  first_install,  ///< nothing is installed
  unknown_base,   ///< no release has the installed contents
  repaired_base,  ///< damaged files are repaired by blocks of their own full package
  damaged_base,   ///< installed files are damaged, and the full package is the only or smaller way
  refused_delta,  ///< a delta of the chain failed on this base before
  no_chain,       ///< no deltas lead from the installed to the wanted release
  full_cheaper,   ///< the deltas weigh more than the full package
};
std::string_view id(Reason reason);

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
