#include "follow.hpp"

#include "rolled_back.hpp"

namespace xppkg::client {
namespace {

Error not_found(const Session& session, const std::string& version) {
  return Error(Code::notfound_version, {{"version", version},
                                        {"package", session.config().package},
                                        {"platform", session.config().platform}});
}

/// The vendor withdrew it, or the minimum version has risen above it.
bool is_withdrawn(const manifest::Catalogue& catalogue, const install::Installed& installed) {
  const auto* same = catalogue.find(Version::parse(installed.version), installed.platform);
  return same == nullptr || same->is_withdrawn() || same->tree != installed.tree;
}

Goal newest(const Session& session, const Trusted& trusted, bool is_pilot) {
  const Config& config = session.config();
  const auto& installed = session.installed();
  const auto* release = trusted.catalogue.newest(config.channel, config.platform);
  if (release == nullptr && installed && is_withdrawn(trusted.catalogue, *installed)) {
    return {nullptr, 0, false, true};
  }
  if (release == nullptr) {
    Error error(
        Code::notfound_version,
        {{"package", config.package}, {"channel", config.channel}, {"platform", config.platform}});
    if (trusted.catalogue.min_version)
      error.with("minimum version", trusted.catalogue.min_version->text());
    throw error;
  }
  if (installed && release->version < Version::parse(installed->version)) {
    return {nullptr, 0, false, true};
  }
  return {release, 0, is_pilot, false};
}

// Only the version: its contents may differ between platforms. The site goes on with a release that
// was withdrawn later.
Goal decided(const site::Decision& decision, const Session& session, const Trusted& trusted) {
  const auto& installed = session.installed();
  const Version version = Version::parse(decision.version);
  const bool is_here = installed && Version::parse(installed->version) == version;
  const auto* release = trusted.catalogue.find(version, session.config().platform);
  if (is_here && (release == nullptr || release->is_withdrawn())) {
    return {nullptr, decision.counter, false, true};
  }
  if (release == nullptr) {
    throw not_found(session, decision.version)
        .with("decision", std::to_string(decision.counter))
        .with("reason", "the site decided for it, and the vendor offers it no more");
  }
  check_min_version(trusted.catalogue, version);
  return {release, decision.counter, false, false};
}

}  // namespace

bool stays_away(const Session& session, const Goal& goal, const ReleaseSelector& wanted) {
  if (goal.release == nullptr || wanted.retry || wanted.kind == ReleaseSelector::Kind::version)
    return false;
  // The installed release was not left: the rollback from it has failed.
  if (session.installed() && session.installed()->tree == goal.release->tree) return false;
  const auto left = load_rolled_back(session.disk(), session.layout());
  return left && left->tree == goal.release->tree && left->decision == goal.decision;
}

void check_not_held(const Session& session, const site::Decision& decision) {
  const auto& installed = session.installed();
  if (!decision.held || (installed && installed->version == decision.version)) return;
  throw Error(Code::policy_held, {{"version", decision.version},
                                  {"by", decision.who},
                                  {"workstation", decision.workstation},
                                  {"note", decision.note}});
}

void check_min_version(const manifest::Catalogue& catalogue, const Version& version) {
  if (!catalogue.is_below_min_version(version)) return;
  throw Error(Code::policy_below_floor,
              {{"version", version.text()}, {"minimum version", catalogue.min_version->text()}});
}

const manifest::Release& offered(const Session& session, const manifest::Catalogue& catalogue,
                                 const std::string& version) {
  const Version wanted = Version::parse(version);
  const auto* release = catalogue.offered(wanted, session.config().platform);
  if (release == nullptr) {
    Error error = not_found(session, version);
    if (catalogue.find(wanted, session.config().platform) != nullptr) {
      error.with("reason", "the vendor withdrew it");
    }
    throw error;
  }
  check_min_version(catalogue, release->version);
  return *release;
}

std::optional<site::Decision> read_decision(Session& session) {
  if (!session.site().is_configured()) return std::nullopt;
  auto decision = session.site().read(session.may_write()).decision;
  if (decision) session.follow(decision->counter);
  return decision;
}

Goal find_goal(const std::optional<site::Decision>& decision, const Session& session,
               const Trusted& trusted, const ReleaseSelector& wanted) {
  switch (wanted.kind) {
    case ReleaseSelector::Kind::version:
      return {&offered(session, trusted.catalogue, wanted.version), 0, true, false};
    case ReleaseSelector::Kind::newest:
      return newest(session, trusted, /*is_pilot=*/true);
    case ReleaseSelector::Kind::released:
      break;
  }
  if (decision) {
    check_not_held(session, *decision);
    return decided(*decision, session, trusted);
  }
  if (!session.site().is_configured()) return newest(session, trusted, /*is_pilot=*/false);
  return {};
}

}  // namespace xppkg::client
