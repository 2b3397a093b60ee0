#include "believed.hpp"

namespace xppkg::client {
namespace {

constexpr std::size_t kPage = 200;
constexpr std::size_t kMaxLookedAt = 20'000;

}  // namespace

bool counts(const SiteKeys& keys, const site::Decision& decision) {
  return !keys.are_required || is_signed(keys, decision);
}

void visit_decisions(site::SiteDatabase& database, const std::string& package, const SiteKeys& keys,
                     std::uint64_t newest,
                     const std::function<bool(site::Decision decision)>& visit) {
  std::uint64_t below = newest + 1;
  for (std::size_t seen = 0; below > 1 && seen < kMaxLookedAt; seen += kPage) {
    auto rows = database.decisions(package, kPage, below);
    if (rows.empty()) return;
    below = rows.back().counter;
    for (site::DecisionRow& row : rows) {
      if (!row.decision || !counts(keys, *row.decision)) continue;
      if (!visit(std::move(*row.decision))) return;
    }
  }
}

std::optional<site::Decision> newest_that_counts(site::SiteDatabase& database,
                                                 const std::string& package, const SiteKeys& keys,
                                                 const site::SiteState& site_state) {
  if (site_state.decision && counts(keys, *site_state.decision)) return site_state.decision;
  std::optional<site::Decision> found;
  visit_decisions(database, package, keys, site_state.newest, [&](site::Decision decision) {
    found = std::move(decision);
    return false;
  });
  return found;
}

}  // namespace xppkg::client
