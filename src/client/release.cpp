#include "release.hpp"

#include <cstdlib>

#include "follow.hpp"

namespace xppkg::client {
namespace {

struct Choice {
  std::string version;
  Blake2b tree;
};

std::string user_name() {
  for (const char* name : {"USER", "LOGNAME", "USERNAME"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "unknown";
}

/// What was withdrawn, or is below the floor, no other workstation could go to.
void check_offered(const manifest::Catalogue& catalogue, const Session& session,
                   const manifest::Manifest& installed) {
  const auto* release = catalogue.find(installed.version, session.config().platform);
  if (release == nullptr || release->tree != installed.tree) {
    throw Error(Code::not_found_version, {{"version", installed.version.text()},
                                          {"package", session.config().package},
                                          {"reason", "the vendor offers it no more"}});
  }
  check_floor(catalogue, installed.version);
}

Choice choose(Session& session, const std::optional<std::string>& version, Observer& observer) {
  const auto& installed = session.installed();
  if (!version && !installed) throw Error(Code::usage_nothing_installed);
  if (!version || (installed && Version::parse(*version) == Version::parse(installed->version))) {
    const SignedManifest proved = session.installed_manifest();
    check_offered(session.saved_catalogue(), session, proved.manifest);
    return {proved.manifest.version.text(), proved.manifest.tree};
  }
  const Trusted trusted = session.refresh(observer);
  const Goal goal = find_goal({}, session, trusted, {Wanted::Kind::version, *version});
  return {goal.release->version.text(), goal.release->tree};
}

}  // namespace

ReleaseResult release_for_all(Session& session, const std::optional<std::string>& version,
                              site::Policy policy, Observer& observer) {
  if (session.config().database.empty()) {
    throw Error(Code::usage_invalid, {{"reason", "no site database is configured; see init"}});
  }
  const Choice choice = choose(session, version, observer);
  const auto site = session.open_site(site::Missing::is_created);
  const auto current = site->read(session.config().package, {}).decision;
  ReleaseResult result;
  result.version = choice.version;
  if (current) {
    result.previous = current->version;
    result.counter = current->counter;
    const bool is_same = current->tree == choice.tree && current->version == choice.version;
    if (is_same && current->policy == policy) return result;
  }
  ++result.counter;
  result.changed = true;
  const site::Decision decision{
      result.counter, session.config().package,     choice.version,  choice.tree, session.now(),
      user_name(),    session.config().workstation, result.previous, policy};
  if (site->decide(decision, {}) == site::Decided::done) return result;
  const auto winner = site->read(session.config().package, {}).decision;
  throw Error(Code::locked_other_run, {{"database", session.config().database},
                                       {"reason", "another workstation decided at the same moment"},
                                       {"released", winner ? winner->version : ""}});
}

}  // namespace xppkg::client
