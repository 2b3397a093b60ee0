#include "xppkg/site.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "base/translated.hpp"
#include "believed.hpp"
#include "folder_disk.hpp"
#include "fs/files.hpp"
#include "fs/settled_call.hpp"
#include "gate.hpp"
#include "known_decision.hpp"
#include "release.hpp"
#include "site_keys.hpp"
#include "trust/secret_key.hpp"

namespace xppkg {

using namespace client;

namespace {

constexpr std::size_t kMaxHistory = 1000;
constexpr std::size_t kMaxOfOne = 100;  ///< rows of the history of one workstation
constexpr trust::Time kDay = 24 * 3600;
constexpr trust::Time kSilent = 7 * kDay;
constexpr std::uint64_t kMaxKeyFile = 64 * 1024;

DecisionItem to_item(const site::Decision& decision, bool is_valid) {
  return {decision.counter,  decision.version,
          decision.previous, decision.policy,
          decision.held,     !decision.signature.empty(),
          is_valid,          trust::format_time(decision.at),
          decision.who,      decision.workstation,
          decision.note};
}

WorkstationItem to_item(const site::Workstation& workstation, const std::string& released,
                        trust::Time now) {
  const bool is_current = !released.empty() && workstation.version == released;
  const bool is_pilot = workstation.result == site::Workstation::kPilot;
  return {workstation.name,
          workstation.platform,
          workstation.version,
          workstation.result,
          trust::format_time(workstation.seen),
          is_current,
          is_pilot && !is_current,
          workstation.result != site::Workstation::kDone && !is_pilot,
          workstation.seen < now - kSilent};
}

/// The id of the site by the database; empty where it says nothing yet.
std::string site_of(Session& session) {
  if (!session.site().is_configured()) return {};
  try {
    return session.site().stand().site_state.site;
  } catch (const Error&) {
    return {};  // The first decision that is followed says it, then.
  }
}

/// After the tables were made: who trusts keys here, and may write, knows his site from now on.
void pin(const Session& session, const std::string& site) {
  SiteKeys keys = load_site_keys(session.disk(), session.layout());
  if (!keys.are_required || !keys.site.empty() || site.empty()) return;
  if (!session.disk().may_write(session.layout().state())) return;
  keys.site = site;
  save_site_keys(session.disk(), session.layout(), keys);
}

/// For calls that only ask the database: another run at work here is nothing to wait for.
Session look_at(const std::string& folder) {
  return {folder, Access::look};
}

}  // namespace

struct Site::State {
  std::string folder;
};

std::string to_string(GateResult::State state) {
  switch (state) {
    case GateResult::State::ok:
      return "ok";
    case GateResult::State::outdated:
      return "outdated";
    case GateResult::State::pilot:
      return "pilot";
    case GateResult::State::held:
      return "held";
    case GateResult::State::unreachable:
      return "unreachable";
  }
  return "unknown";
}

Site::Site(const std::string& folder) try : state_(std::make_unique<State>()) {
  state_->folder = folder;
  check_installation(folder);
} catch (...) {
  throw_translated();
}
Site::~Site() = default;
Site::Site(Site&&) noexcept = default;
Site& Site::operator=(Site&&) noexcept = default;

GateResult Site::gate() try {
  Observer nobody;
  return gate(nobody);
} catch (...) {
  throw_translated();
}

GateResult Site::gate(Observer& observer) try {
  try {
    Session session(state_->folder, Access::read, observer);
    return pass_gate(session);
  } catch (const Error& error) {
    if (error.code() != Code::locked_other_run) throw;
  }
  // The report of the installed release is consistent even while another run changes it.
  Session session = look_at(state_->folder);
  return pass_gate(session);
} catch (...) {
  throw_translated();
}

GateResult Site::last_known() try {
  Session session = look_at(state_->folder);
  return client::last_known(session, Error(Code::database_unreachable));
} catch (...) {
  throw_translated();
}

ReleaseResult Site::release(const ReleaseOptions& options, Observer& observer) try {
  Session session(state_->folder, Access::read, observer);
  return release_for_all(session, options, observer);
} catch (...) {
  throw_translated();
}

void Site::keep_as_test() try {
  Session session = look_at(state_->folder);
  if (!session.installed()) throw Error(Code::usage_nothing_installed);
  const auto decision = session.site().read(/*may_write=*/false).decision;
  session.site().database().answer(
      session.config().package, session.config().workstation,
      {decision ? decision->counter : 0, session.installed()->version});
} catch (...) {
  throw_translated();
}

ReleaseResult Site::hold(const ReleaseOptions& options) try {
  Session session(state_->folder, Access::read);
  return client::hold(session, options);
} catch (...) {
  throw_translated();
}

ReleaseResult Site::unhold(const ReleaseOptions& options, Observer& observer) try {
  Session session(state_->folder, Access::read, observer);
  return client::unhold(session, options, observer);
} catch (...) {
  throw_translated();
}

std::vector<DecisionItem> Site::decisions() try {
  Session session = look_at(state_->folder);
  const Standing standing = session.site().stand();
  const std::string& package = session.config().package;
  site::SiteDatabase& database = session.site().database();
  std::map<std::uint64_t, DecisionItem, std::greater<>> items;
  for (const auto& row : database.history(package, kMaxHistory, kMaxOfOne)) {
    if (!row.decision) continue;
    const bool is_valid =
        row.counter <= standing.site_state.newest && counts(standing.keys, *row.decision);
    items.emplace(row.counter, to_item(*row.decision, is_valid));
  }
  std::size_t found = 0;
  // Nobody's rows do not hide those that count.
  const auto take = [&](const site::Decision& decision) {
    items.emplace(decision.counter, to_item(decision, /*is_valid=*/true));
    return ++found < kMaxHistory;
  };
  if (standing.keys.are_required) {
    visit_decisions(database, package, standing.keys, standing.site_state.newest, take);
  }
  std::vector<DecisionItem> newest_first;
  for (auto& [counter, item] : items) newest_first.push_back(std::move(item));
  return newest_first;
} catch (...) {
  throw_translated();
}

FleetResult Site::fleet() try {
  Session session = look_at(state_->folder);
  site::SiteDatabase& database = session.site().database();
  const auto decision = session.site().stand().site_state.decision;
  FleetResult result;
  if (decision) result.released = decision->version;
  for (const auto& workstation : database.workstations(session.config().package)) {
    result.workstations.push_back(to_item(workstation, result.released, session.now()));
    const WorkstationItem& item = result.workstations.back();
    const bool is_awaited =
        workstation.seen >= session.now() - kDay && !item.is_current && !item.is_pilot && decision;
    if (is_awaited) ++result.awaited;
  }
  result.is_cut = result.workstations.size() >= site::kMaxWorkstations;
  return result;
} catch (...) {
  throw_translated();
}

std::optional<DecisionItem> Site::wait_for_decision(std::uint64_t counter,
                                                    std::chrono::milliseconds time,
                                                    const std::function<bool()>& stop) try {
  Session session = look_at(state_->folder);
  const auto newest = [&] { return session.site().stand().site_state.decision; };
  const auto decision = session.site().database().wait_for_decision(session.config().package,
                                                                    counter, time, stop, newest);
  if (!decision) return std::nullopt;
  return to_item(*decision, /*is_valid=*/true);
} catch (...) {
  throw_translated();
}

bool Site::migrate() try {
  Session session = look_at(state_->folder);
  if (!session.site().is_configured()) session.site().database();  // Throws.
  const bool is_changed = session.site().migrate();
  pin(session, session.site().stand().site_state.site);
  return is_changed;
} catch (...) {
  throw_translated();
}

SiteCheck Site::check() try {
  Session session = look_at(state_->folder);
  site::SiteDatabase& database = session.site().database();
  const site::SiteState site_state = session.site().read(/*may_write=*/false);
  const auto& decision = site_state.decision;
  const SiteKeys keys = load_site_keys(session.disk(), session.layout());
  SiteCheck result;
  result.site = site_state.site;
  result.pinned = session.site().pinned_site();
  result.database = site::without_password(session.config().database);
  result.keys = keys.keys.size();
  result.requires_signatures = keys.are_required;
  if (!decision) return result;
  result.released = decision->version;
  result.counter = decision->counter;
  for (const auto& file : database.files(decision->package, decision->counter)) {
    ++result.files;
    result.bytes += file.size;
  }
  return result;
} catch (...) {
  throw_translated();
}

std::string Site::trust_key(const std::string& public_key_file, const std::string& site) try {
  if (!site.empty() && !site::is_site_id(site)) throw Error(Code::usage_invalid, {{"site", site}});
  Session session(state_->folder, Access::write);
  const Bytes file = fs::read_given_file(session.disk(), public_key_file, kMaxKeyFile);
  const trust::PublicKey key = trust::PublicKey::from_json(parse_strict(file, Code::trust_key));
  SiteKeys keys = load_site_keys(session.disk(), session.layout());
  keys.are_required = true;
  const bool is_known = std::ranges::any_of(
      keys.keys, [&](const trust::PublicKey& known) { return known.same_key_as(key); });
  if (!is_known) keys.keys.push_back(key);
  if (!site.empty()) keys.site = site;
  if (keys.site.empty()) keys.site = site_of(session);
  save_site_keys(session.disk(), session.layout(), keys);
  return keys.site;
} catch (...) {
  throw_translated();
}

void Site::report(const std::string& result) try {
  look_at(state_->folder).report(result);
} catch (...) {
  throw_translated();
}

void make_site_key(const SiteKey& key) try {
  const fs::SettledCall settled;
  fs::FileSystem& disk = fs::native();
  const trust::SecretKey secret = trust::SecretKey::generate();
  const std::string sealed = open_vault(key, disk).seal(secret);
  const auto write = [&](const std::string& name, const std::string& text, std::uint32_t mode) {
    const auto out = disk.create(fs::from_utf8(name), mode);
    out->write(as_bytes(text));
    out->sync();
  };
  write(key.file, sealed, 0600);
  write(key.file + ".pub", pretty(secret.public_key().to_json()), 0644);
} catch (...) {
  throw_translated();
}

}  // namespace xppkg
