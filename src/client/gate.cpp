#include "gate.hpp"

namespace xppkg::client {
namespace {

using State = GateResult::State;

bool is_version(const std::optional<install::Installed>& installed, const std::string& version) {
  return installed && Version::parse(installed->version) == Version::parse(version);
}

/// A "No" holds for the decision and the version that it was said to.
bool was_answered(const site::SiteState& site_state, const install::Installed& installed) {
  const std::uint64_t counter = site_state.decision ? site_state.decision->counter : 0;
  return site_state.answer && site_state.answer->decision == counter &&
         site_state.answer->version == installed.version;
}

/// The version tested here was released since, and is left again: the test is over, also where this
/// workstation could not note it.
bool is_over(const site::Decision& decision, const install::Installed& installed) {
  return decision.at > installed.at && decision.previous == installed.version;
}

State state_of(const site::SiteState& site_state,
               const std::optional<install::Installed>& installed) {
  const bool is_pilot = installed && installed->is_pilot &&
                        !(site_state.decision && is_over(*site_state.decision, *installed));
  if (!site_state.decision) {
    // The first release of a site is somebody's answer as well.
    return is_pilot ? State::pilot : State::ok;
  }
  if (is_version(installed, site_state.decision->version)) return State::ok;
  if (is_pilot) return State::pilot;
  return site_state.decision->held ? State::held : State::outdated;
}

}  // namespace

GateResult judge(const site::SiteState& site_state,
                 const std::optional<install::Installed>& installed) {
  GateResult result;
  result.state = state_of(site_state, installed);
  if (installed) result.installed = installed->version;
  result.asks = result.state == State::pilot && !was_answered(site_state, *installed);
  if (!site_state.decision) return result;
  const site::Decision& decision = *site_state.decision;
  result.policy = decision.policy;
  result.released = decision.version;
  result.counter = decision.counter;
  result.decided_by = decision.who;
  result.decided_at = trust::format_time(decision.at);
  result.workstation = decision.workstation;
  result.note = decision.note;
  result.held = decision.held;
  result.may_run = result.state != State::outdated || decision.policy == Policy::recommended;
  return result;
}

GateResult judge_unreachable(const std::optional<KnownDecision>& known,
                             const std::optional<install::Installed>& installed,
                             const Error& cause) {
  GateResult result;
  result.state = State::unreachable;
  result.error = cause.code();
  result.cause = cause.fact("cause").empty() ? cause.what() : cause.fact("cause");
  if (installed) result.installed = installed->version;
  if (!known) return result;
  result.policy = known->policy;
  result.released = known->version;
  result.counter = known->counter;
  result.may_run = known->policy == Policy::recommended;
  return result;
}

GateResult last_known(Session& session, const Error& cause) {
  return judge_unreachable(session.site().known_decision(), session.installed(), cause);
}

GateResult pass_gate(Session& session) {
  if (!session.site().is_configured()) {
    GateResult result;
    if (session.installed()) result.installed = session.installed()->version;
    return result;
  }
  try {
    return judge(session.site().read(session.may_write()), session.installed());
  } catch (const Error& error) {
    if (info(error.code()).category != Category::database_unavailable) throw;
    return last_known(session, error);
  }
}

}  // namespace xppkg::client
