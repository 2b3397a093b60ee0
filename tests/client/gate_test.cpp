#include "gate.hpp"

#include <boost/test/unit_test.hpp>

#include "failure.hpp"

namespace xppkg::client {
namespace {

using State = GateResult::State;

struct Case {
  std::optional<install::Installed> installed;
  site::SiteState site_state;

  Case() {
    installed.emplace();
    installed->version = "1.0";
  }
  Case& pilot() {
    installed->is_pilot = true;
    return *this;
  }
  Case& decided(const std::string& version, Policy policy = Policy::required) {
    site::Decision decision;
    decision.counter = 7;
    decision.version = version;
    decision.policy = policy;
    site_state.decision = decision;
    return *this;
  }
  Case& answered(std::uint64_t decision, const std::string& version) {
    site_state.answer = site::Answer{decision, version};
    return *this;
  }
  [[nodiscard]] GateResult result() const { return judge(site_state, installed); }
  [[nodiscard]] std::string state() const { return to_string(result().state); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gate)

BOOST_AUTO_TEST_CASE(released_version_is_ok_however_it_is_written) {
  BOOST_TEST(Case().decided("1.0").state() == "ok");
  BOOST_TEST(Case().decided("01.0").state() == "ok");
  BOOST_TEST(Case().pilot().decided("1.0").state() == "ok");
}

BOOST_AUTO_TEST_CASE(any_other_version_is_outdated_newer_or_older_or_none) {
  BOOST_TEST(Case().decided("0.9").state() == "outdated");
  BOOST_TEST(Case().decided("1.1").state() == "outdated");
  Case nothing = Case().decided("1.0");
  nothing.installed.reset();
  BOOST_TEST(nothing.state() == "outdated");
}

BOOST_AUTO_TEST_CASE(only_a_required_release_keeps_programs_from_running) {
  BOOST_TEST(!Case().decided("1.1").result().may_run);
  BOOST_TEST(Case().decided("1.1", Policy::recommended).result().may_run);
  BOOST_TEST(Case().pilot().decided("1.1").result().may_run);
}

BOOST_AUTO_TEST_CASE(who_chose_another_version_is_a_pilot_and_asked_once) {
  BOOST_TEST(Case().pilot().decided("0.9").state() == "pilot");
  BOOST_TEST(Case().pilot().decided("0.9").result().asks);
  BOOST_TEST(!Case().pilot().decided("0.9").answered(7, "1.0").result().asks);
  BOOST_TEST(Case().pilot().decided("0.9").answered(6, "1.0").result().asks);
  BOOST_TEST(Case().pilot().decided("0.9").answered(7, "0.8").result().asks);
}

BOOST_AUTO_TEST_CASE(without_a_decision_all_is_ok_but_a_pilot_is_asked) {
  BOOST_TEST(Case().state() == "ok");
  BOOST_TEST(Case().pilot().result().asks);
  BOOST_TEST(!Case().pilot().answered(0, "1.0").result().asks);
}

BOOST_AUTO_TEST_CASE(held_release_is_followed_by_nobody_and_stops_nobody) {
  Case held = Case().decided("1.1");
  held.site_state.decision->held = true;
  BOOST_TEST(held.state() == "held");
  BOOST_TEST(held.result().may_run);
  held.decided("1.0");
  held.site_state.decision->held = true;
  BOOST_TEST(held.state() == "ok");
}

BOOST_AUTO_TEST_CASE(without_the_database_the_last_known_policy_counts) {
  const Error cause(Code::database_unreachable);
  const auto result = [&](const std::optional<KnownDecision>& known) {
    return judge_unreachable(known, Case().installed, cause);
  };
  BOOST_TEST(result(std::nullopt).may_run);
  BOOST_TEST(!result(KnownDecision{"x", 3, "1.1", Policy::required}).may_run);
  BOOST_TEST(result(KnownDecision{"x", 3, "1.1", Policy::recommended}).may_run);
  BOOST_TEST(to_string(result(std::nullopt).state) == "unreachable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::client
