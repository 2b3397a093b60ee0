#include "site_link.hpp"

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

site::Reading SiteLink::read(bool may_save) {
  auto reading = database().read(config_.package, config_.workstation);
  check(reading.decision, may_save);
  return reading;
}

void SiteLink::check(const std::optional<site::Decision>& decision, bool may_save) {
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
  if (!may_save || (known && known->counter == counter)) return;
  save_known_decision(disk_, layout_, {address, counter, decision->version, decision->policy});
}

std::optional<KnownDecision> SiteLink::known_decision() const {
  return load_known_decision(disk_, layout_, site::without_password(config_.database));
}

std::unique_ptr<source::Source> SiteLink::files_of(std::uint64_t counter) {
  return site::open_database_source(database(), site::without_password(config_.database),
                                    config_.package, counter);
}

void SiteLink::report(const std::optional<install::Installed>& installed, const std::string& result,
                      trust::Time now) {
  if (!is_configured()) return;
  try {
    database().report({config_.package, config_.workstation, config_.platform,
                       installed ? installed->version : "", result, now,
                       installed ? installed->decision : 0});
  } catch (const Error&) {
    // See above.
  }
}

}  // namespace xppkg::client
