#include <boost/test/unit_test.hpp>
#include <chrono>

#include "site_case.hpp"

namespace xppkg::site {
namespace {

struct FleetCase : SiteCase {
  /// An expression for the name of an invented workstation; SQLite of today has no concat.
  [[nodiscard]] std::string name_of(const std::string& seen) const {
    if (is_sqlite()) return "'a" + seen + "' || a.n || b.n || c.n || d.n";
    return "concat('a" + seen + "', a.n, b.n, c.n, d.n)";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fleet, FleetCase)

BOOST_AUTO_TEST_CASE(workstation_that_reports_again_replaces_what_it_said) {
  const auto site = open();
  BOOST_TEST(site->workstations("app").empty());
  site->report({"app", "pc-2", "linux-x64", "1.0", "done", 1'700'000'000, 0});
  site->report({"app", "pc-1", "windows-x64", "", "source.unreachable", 1'700'000'001, 3});
  site->report({"app", "pc-2", "linux-x64", "2.0", "done", 1'700'000'100, 4});
  site->report({"other", "pc-2", "linux-x64", "7.0", "done", 1'700'000'000, 0});
  const auto seen = open(Missing::is_unreachable)->workstations("app");
  BOOST_REQUIRE(seen.size() == 2u);
  BOOST_TEST(seen[0].name == "pc-1");
  BOOST_TEST(seen[0].platform == "windows-x64");
  BOOST_TEST(seen[0].version.empty());
  BOOST_TEST(seen[0].result == "source.unreachable");
  BOOST_TEST(seen[0].decision == 3u);
  BOOST_TEST(seen[1].package == "app");
  BOOST_TEST(seen[1].version == "2.0");
  if (is_sqlite()) BOOST_TEST(seen[1].seen == 1'700'000'100);
  BOOST_TEST(seen[1].decision == 4u);
}

BOOST_AUTO_TEST_CASE(invented_workstations_hide_none_that_was_seen_later) {
  const auto site = open();
  site->report({"app", "zoe", "linux-x64", "1.0", "done", 1'700'000'000, 0});
  const std::string digits =
      "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT"
      " 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL"
      " SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
  // 10,000 each: of long ago; of the future and of no time as many as are read at most.
  for (const char* seen : {"2001-01-01T00:00:00Z", "9998-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
                           "2026-01-01", "2026-02-01"}) {
    sql("INSERT INTO xppkg_workstation (package, name, platform, version, result, seen_at,"
        " decision, answered_decision, answered_version)"
        " SELECT 'app', " +
        name_of(seen) + ", 'linux-x64', '1.0', 'done', '" + seen + "', 0, 0, '' FROM " + digits +
        " a, " + digits + " b, " + digits + " c, " + digits + " d");
  }
  const auto seen = site->workstations("app");
  BOOST_TEST(seen.size() == kMaxWorkstations);
  BOOST_TEST(seen.back().name == "zoe");
}

BOOST_AUTO_TEST_CASE(report_waits_for_nobody_who_writes) {
  if (!is_sqlite()) return;  // Servers lock rows.
  const auto site = open();
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  SqliteFile other(file);
  other.run("BEGIN IMMEDIATE");
  const auto begin = std::chrono::steady_clock::now();
  const auto report = [&] { site->report({"app", "pc-1", "linux-x64", "1.0", "done", 0, 0}); };
  BOOST_TEST(test::error_of(report) == "database.locked");
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
  other.run("ROLLBACK");
  BOOST_TEST(test::error_of(report) == "");
}

BOOST_AUTO_TEST_CASE(versions_in_use_are_each_named_once_and_the_most_common_first) {
  const auto site = open();
  BOOST_TEST(site->versions_in_use("app", 0).empty());
  site->report({"app", "pc-1", "linux-x64", "1.0-a", "done", 1'700'000'000, 0});
  site->report({"app", "pc-2", "linux-x64", "1.0-A", "done", 1'700'000'000, 0});
  for (const char* name : {"pc-3", "pc-4"}) {
    site->report({"app", name, "windows-x64", "2.0", "done", 1'700'000'000, 0});
  }
  site->report({"other", "pc-1", "linux-x64", "3.0", "done", 1'700'000'000, 0});
  site->answer("app", "pc-5", {1, "9.0"});
  site->report({"app", "pc-6", "linux-x64", "0.1", "done", 1'700'000'000, 0});
  sql("UPDATE xppkg_workstation SET seen_at = '2020-01-01T00:00:00Z' WHERE name = 'pc-6'");
  std::string all;
  for (const VersionInUse& found : site->versions_in_use("app", 1'700'000'000)) {
    all += found.platform + " " + found.version + "; ";
  }
  BOOST_TEST(all == "windows-x64 2.0; linux-x64 1.0-A; linux-x64 1.0-a; ");
}

BOOST_AUTO_TEST_CASE(server_counts_a_report_by_its_own_clock_whatever_the_workstation_s_says) {
  const auto site = open();
  for (const trust::Time clock : {trust::Time{0}, trust::Time{4'000'000'000}}) {
    site->report({"app", "pc-1", "linux-x64", "1.0", "done", clock, 0});
    const trust::Time seen = site->workstations("app").at(0).seen;
    BOOST_TEST((seen == clock) == is_sqlite());
    BOOST_TEST((is_sqlite() || (seen > 1'700'000'000 && seen < 4'000'000'000)));
  }
}

BOOST_AUTO_TEST_CASE(answer_is_read_by_who_gave_it_and_by_nobody_else) {
  const auto site = open();
  site->answer("app", "pc-1", {0, "2.0"});
  BOOST_TEST(!site->read("app", "pc-2").answer.has_value());
  BOOST_TEST(!site->read("other", "pc-1").answer.has_value());
  const SiteState site_state = site->read("app", "pc-1");
  BOOST_TEST(!site_state.decision.has_value());
  BOOST_TEST(site_state.answer->version == "2.0");
  BOOST_TEST(site_state.answer->decision == 0u);
}

BOOST_AUTO_TEST_CASE(answer_stays_when_its_workstation_reports_and_the_other_way_round) {
  const auto site = open();
  site->answer("app", "pc-1", {0, "2.0"});
  BOOST_TEST(site->workstations("app").empty());
  site->report({"app", "pc-1", "linux-x64", "1.0", "done", 1'700'000'000, 0});
  BOOST_TEST(site->read("app", "pc-1").answer->version == "2.0");
  site->decide(decision(1), {});
  site->answer("app", "pc-1", {1, "3.0"});
  const SiteState site_state = site->read("app", "pc-1");
  BOOST_TEST(site_state.decision->counter == 1u);
  BOOST_TEST(site_state.answer->decision == 1u);
  BOOST_TEST(site_state.answer->version == "3.0");
  BOOST_TEST(site->workstations("app").at(0).version == "1.0");
}

BOOST_AUTO_TEST_CASE(name_longer_than_a_database_takes_is_found_again) {
  const auto site = open();
  const std::string name(500, 'w');
  site->report({"app", name, "linux-x64", "1.0", "done", 0, 0});
  site->answer("app", name, {0, "2.0"});
  BOOST_TEST(site->read("app", name).answer->version == "2.0");
  BOOST_TEST(site->workstations("app").at(0).name == std::string(kMaxName, 'w'));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
