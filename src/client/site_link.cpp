#include "site_link.hpp"

#include "fs/files.hpp"
#include "site_keys.hpp"

namespace xppkg::client {

SiteLink::SiteLink(fs::FileSystem& disk, const install::Layout& layout, const Config& config)
    : disk_(disk), layout_(layout), config_(config) {}

site::SiteDatabase& SiteLink::database(site::Missing missing) {
  if (!is_configured()) {
    throw Error(Code::usage_invalid, {{"reason", "no site database is configured; see init"}});
  }
  // What was opened to be read may lack tables that a writer needs.
  if (!database_ || missing == site::Missing::is_created) {
    database_ = site::open_site(config_.database, missing, disk_);
  }
  return *database_;
}

site::Reading SiteLink::read_unchecked() {
  return database().read(config_.package, config_.workstation);
}

site::Reading SiteLink::read(bool may_write) {
  auto reading = read_unchecked();
  check(reading.decision, may_write);
  return reading;
}

void SiteLink::check(const std::optional<site::Decision>& decision, bool may_write) {
  const std::string address = site::without_password(config_.database);
  const auto known = known_decision();
  const std::uint64_t counter = decision ? decision->counter : 0;
  if (known && counter < known->counter) {
    throw Error(Code::decision_older, {{"database", address},
                                       {"decision", std::to_string(counter)},
                                       {"followed before", std::to_string(known->counter)},
                                       {"version", known->version}});
  }
  if (!decision) return;
  check_signature(load_site_keys(disk_, layout_), *decision);
  if (known && known->counter == counter && known->policy == decision->policy) return;
  remember({address, counter, decision->version, decision->policy}, may_write);
}

// Who may write nowhere follows as well; he only forgets.
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

std::optional<KnownDecision> SiteLink::known_decision() const {
  const std::string address = site::without_password(config_.database);
  auto known = load_known_decision(disk_, layout_.known_decision(), address);
  const fs::Path users = is_cut_ ? fs::Path() : users_known_decision(layout_);
  if (users.empty()) return known;
  auto own = load_known_decision(disk_, users, address);
  return !known || (own && own->counter > known->counter) ? own : known;
}

std::unique_ptr<source::Source> SiteLink::files_of(std::uint64_t counter) {
  return site::open_database_source(database(), site::without_password(config_.database),
                                    config_.package, counter);
}

void SiteLink::report(const std::optional<install::Installed>& installed, const std::string& result,
                      trust::Time now) {
  if (!is_configured()) return;
  // Who tests a version is not late with another one.
  const bool is_pilot = installed && installed->on_purpose && result == site::Workstation::kDone;
  try {
    database().report({config_.package, config_.workstation, config_.platform,
                       installed ? installed->version : "",
                       is_pilot ? site::Workstation::kTest : result, now,
                       installed ? installed->decision : 0});
  } catch (const Error&) {
    // See above.
  }
}

}  // namespace xppkg::client
