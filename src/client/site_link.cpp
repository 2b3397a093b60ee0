#include "site_link.hpp"

#include <algorithm>
#include <utility>

#include "believed.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

/// No row has a valid signature of a trusted key.
[[noreturn]] void refuse(const Standing& standing, const std::string& address) {
  if (standing.is_other_site()) {
    throw Error(Code::decision_other_site, {{"database", address},
                                            {"its site", standing.site_state.site},
                                            {"trusted here", standing.keys.site}});
  }
  throw Error(Code::decision_signature,
              {{"decision", std::to_string(standing.site_state.newest)},
               {"reason", "none that is there was signed by a trusted key"}});
}

/// Picks the one that was read last, of two from different places.
bool is_newer(const KnownDecision& one, const KnownDecision& other) {
  return std::pair(one.at, one.counter) > std::pair(other.at, other.counter);
}

}  // namespace

SiteLink::SiteLink(fs::FileSystem& disk, const install::Layout& layout, const Config& config,
                   trust::Time now)
    : disk_(disk),
      layout_(layout),
      config_(config),
      now_(now),
      authors_disk_(fs::native(), config.authors) {}

bool SiteLink::migrate() {
  const auto before = site::migrate_site(config_.database, authors_disk_, pinned_site());
  return before != site::kNewestSchema;
}

site::SiteDatabase& SiteLink::database(site::Missing missing) {
  if (!is_configured()) {
    throw Error(Code::usage_invalid, {{"reason", "no site database is configured; see init"}});
  }
  // A database opened for reading may lack tables that a writer needs.
  if (!database_ || missing == site::Missing::is_created) {
    database_ = site::open_site(config_.database, missing, authors_disk_, pinned_site());
  }
  return *database_;
}

Standing SiteLink::stand(const trust::PublicKey* signer) {
  Standing standing{database().read(config_.package, config_.workstation),
                    load_site_keys(disk_, layout_)};
  standing.keys.site = pinned_site();
  if (standing.keys.site.empty()) standing.keys.site = standing.site_state.site;
  if (signer != nullptr) {
    standing.keys.keys.push_back(*signer);
    standing.keys.are_required = true;
  }
  standing.site_state.decision =
      newest_that_counts(database(), config_.package, standing.keys, standing.site_state);
  return standing;
}

site::SiteState SiteLink::read(bool may_write) {
  Standing standing = stand();
  check(standing, may_write);
  return std::move(standing.site_state);
}

void SiteLink::check(const Standing& standing, bool may_write) {
  const std::string address = site::without_password(config_.database);
  const auto& [site_state, keys] = standing;
  const auto& decision = site_state.decision;
  if (keys.are_required && !decision && site_state.newest > 0) refuse(standing, address);
  if (!keys.are_required && !site_state.nonsense.empty()) {
    throw Error(Code::database_damaged, {{"database", address}, {"cause", site_state.nonsense}});
  }
  const auto known = known_decision(keys);
  if (known && (!decision || !follows(*decision, *known, keys.are_required))) {
    throw Error(Code::decision_older,
                {{"database", address},
                 {"decision", std::to_string(decision ? decision->counter : 0)},
                 {"followed before", std::to_string(known->counter)},
                 {"version", known->version}});
  }
  if (!decision) return;
  const KnownDecision now_known{address,
                                decision->counter,
                                decision->version,
                                decision->policy,
                                std::min(decision->at, now_),
                                keys.are_required ? keys.site : ""};
  if (known != now_known) remember(now_known, may_write);
}

// A user who may write nowhere follows as well; he only forgets.
void SiteLink::remember(const KnownDecision& known, bool may_write) {
  if (only_looks_) return;
  const fs::Path file = may_write ? layout_.known_decision() : users_known_decision(layout_);
  if (file.empty()) return;
  try {
    // The user's own file lies outside of DIR.
    fs::FileSystem& disk = may_write ? disk_ : fs::native();
    if (!may_write) fs::make_directories(disk, file.parent_path());
    save_known_decision(disk, file, known);
  } catch (const Error&) {
    if (may_write) throw;
  }
}

std::vector<KnownDecision> SiteLink::known_decisions() const {
  const std::string address = site::without_password(config_.database);
  std::vector<KnownDecision> found;
  for (const fs::Path& file :
       {layout_.known_decision(), is_cut_ ? fs::Path() : users_known_decision(layout_)}) {
    if (file.empty()) continue;
    if (auto known = load_known_decision(disk_, file, address)) found.push_back(std::move(*known));
  }
  return found;
}

std::optional<KnownDecision> SiteLink::known_decision(const SiteKeys& keys) const {
  std::optional<KnownDecision> newest;
  for (const KnownDecision& known : known_decisions()) {
    // A decision from before keys were trusted here may have a counter that anybody chose.
    if (keys.are_required && known.site != keys.site) continue;
    const bool is_next =
        !newest || (keys.are_required ? known.counter > newest->counter : is_newer(known, *newest));
    if (is_next) newest = known;
  }
  return newest;
}

std::string SiteLink::pinned_site() const {
  const SiteKeys keys = load_site_keys(disk_, layout_);
  if (!keys.site.empty() || !keys.are_required) return keys.site;
  for (const KnownDecision& known : known_decisions()) {
    if (!known.site.empty()) return known.site;
  }
  return {};
}

std::unique_ptr<source::Source> SiteLink::files_of(std::uint64_t counter) {
  return site::open_database_source(database(), site::without_password(config_.database),
                                    config_.package, counter);
}

void SiteLink::report(const std::optional<install::Installed>& installed, const std::string& result,
                      trust::Time now) {
  if (!is_configured()) return;
  // A workstation that tests a version is not late with another one.
  const bool is_pilot = installed && installed->is_pilot && result == site::Workstation::kDone;
  try {
    database().report({config_.package, config_.workstation, config_.platform,
                       installed ? installed->version : "",
                       is_pilot ? site::Workstation::kPilot : result, now,
                       installed ? installed->decision : 0});
  } catch (const Error&) {
    // See above.
  }
}

}  // namespace xppkg::client
