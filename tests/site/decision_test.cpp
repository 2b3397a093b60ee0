#include <boost/test/unit_test.hpp>

#include "processes.hpp"
#include "site_case.hpp"

namespace xppkg::site {
BOOST_FIXTURE_TEST_SUITE(decisions, SiteCase)

BOOST_AUTO_TEST_CASE(everything_of_a_decision_is_read_as_it_was_written) {
  Decision made = decision(1);
  made.policy = Policy::recommended;
  made.note = "Grüße, \"anna\"; it's 10 % better";
  made.held = true;
  made.signature = std::string(64, 'a') + ":" + std::string(128, 'b');
  BOOST_TEST((open()->decide(made, {}) == Decided::done));
  const Decision found = current().value();
  BOOST_TEST(found.counter == 1u);
  BOOST_TEST(found.package == "app");
  BOOST_TEST(found.version == "1.0");
  BOOST_TEST((found.tree == blake2b(as_bytes("1.0"))));
  BOOST_TEST(found.at == 1'700'000'000);
  BOOST_TEST(found.who == "anna");
  BOOST_TEST(found.workstation == "pc-7");
  BOOST_TEST(found.previous == "0.9");
  BOOST_TEST((found.policy == Policy::recommended));
  BOOST_TEST(found.note == made.note);
  BOOST_TEST(found.held);
  BOOST_TEST(found.signature == made.signature);
}

BOOST_AUTO_TEST_CASE(decision_counts_up_by_one_and_packages_do_not_mix) {
  const auto site = open();
  const auto decides = [&](const Decision& made) {
    return site->decide(made, {}) == Decided::done;
  };
  BOOST_TEST(!decides(decision(0)));
  BOOST_TEST(!decides(decision(2)));
  BOOST_TEST(decides(decision(1)));
  BOOST_TEST(decides(decision(1, "5.0", "other")));
  BOOST_TEST(!decides(decision(1)));
  BOOST_TEST(decides(decision(2, "2.0")));
  BOOST_TEST(current("app")->version == "2.0");
  BOOST_TEST(current("other")->version == "5.0");
  BOOST_TEST(!current("third").has_value());
  BOOST_TEST(!current("APP").has_value());
}

BOOST_AUTO_TEST_CASE(second_connection_that_decides_on_the_same_counter_loses) {
  const auto first = open();
  const auto second = open();
  BOOST_TEST(!first->read("app", "pc-1").decision.has_value());
  BOOST_TEST(!second->read("app", "pc-2").decision.has_value());
  BOOST_TEST((first->decide(decision(1, "1.0"), {}) == Decided::done));
  BOOST_TEST((second->decide(decision(1, "2.0"), {}) == Decided::somebody_else));
  BOOST_TEST(second->read("app", "pc-2").decision->version == "1.0");
  BOOST_TEST((second->decide(decision(2, "2.0"), {}) == Decided::done));
  BOOST_TEST(first->read("app", "pc-1").decision->version == "2.0");
}

BOOST_AUTO_TEST_CASE(of_processes_that_decide_at_once_exactly_one_wins) {
  const std::vector<bool> won = in_processes(6, [&](int i) {
    return open()->decide(decision(1, std::to_string(i + 1)), {}) == Decided::done;
  });
  BOOST_REQUIRE(std::count(won.begin(), won.end(), true) == 1);
  const auto winner = std::find(won.begin(), won.end(), true) - won.begin() + 1;
  BOOST_TEST(current()->version == std::to_string(winner));
}

BOOST_AUTO_TEST_CASE(processes_that_make_the_tables_at_once_all_end_well) {
  sql("DROP TABLE IF EXISTS xppkg_schema");
  for (const char* table : {"decision", "content", "part", "file", "workstation", "site", "lock"}) {
    sql(std::string("DROP TABLE IF EXISTS xppkg_") + table);
  }
  const std::vector<bool> made = in_processes(
      5, [&](int) { return migrate_site(url, fs::native()) == 0 || current() == std::nullopt; });
  BOOST_TEST(std::count(made.begin(), made.end(), true) == 5);
  BOOST_TEST(migrate_site(url, fs::native()) == kNewestSchema);
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
}

BOOST_AUTO_TEST_CASE(history_is_the_newest_first_and_at_most_as_many_as_wanted) {
  const auto site = open();
  BOOST_TEST(site->decisions("app", 10).empty());
  for (const std::uint64_t counter : {1U, 2U, 3U}) {
    BOOST_TEST((site->decide(decision(counter, std::to_string(counter)), {}) == Decided::done));
  }
  site->decide(decision(1, "9", "other"), {});
  const auto all = site->decisions("app", 10);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all[0].decision->version == "3");
  BOOST_TEST(all[2].decision->version == "1");
  BOOST_TEST(all[2].decision->package == "app");
  BOOST_TEST(site->decisions("app", 2).size() == 2u);
}

BOOST_AUTO_TEST_CASE(schema_of_a_newer_xppkg_is_refused_and_left_alone) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  for (const char* version : {"5", "2000000000"}) {
    sql(std::string("UPDATE xppkg_schema SET version = ") + version);
    BOOST_TEST(read_error() == "database.newer-schema", version);
    const auto write = [&] { open()->decide(decision(2), {}); };
    BOOST_TEST(test::error_of(write) == "database.newer-schema", version);
    const auto report = [&] { open()->report({"app", "pc-1"}); };
    BOOST_TEST(test::error_of(report) == "database.newer-schema", version);
  }
  sql("UPDATE xppkg_schema SET version = 4");
  BOOST_TEST(current()->version == "1.0");
}

BOOST_AUTO_TEST_CASE(schema_of_a_newer_xppkg_with_other_columns_is_refused_as_newer) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  sql("UPDATE xppkg_schema SET version = 5");
  sql("ALTER TABLE xppkg_decision RENAME COLUMN note TO remark");
  BOOST_TEST(read_error() == "database.newer-schema");
}

BOOST_AUTO_TEST_CASE(schema_that_makes_no_sense_is_an_error_and_never_undecided) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  sql("UPDATE xppkg_schema SET version = -1");
  BOOST_TEST(read_error() == "database.damaged");
  sql("UPDATE xppkg_schema SET version = 0");
  BOOST_TEST(read_error() == "database.damaged");
  sql("DELETE FROM xppkg_schema");
  BOOST_TEST(read_error() == "database.damaged");
  sql("INSERT INTO xppkg_schema VALUES (4)");
  sql("DROP TABLE xppkg_decision");
  BOOST_TEST(read_error() == "database.damaged");
}

BOOST_AUTO_TEST_CASE(sql_text_in_any_field_is_only_text) {
  const std::string evil = "x'); DROP TABLE xppkg_decision; --\" OR 1=1 \\";
  Decision made{1, evil, "1.0", blake2b({}), 0, evil, evil, evil};
  made.note = evil;
  const auto site = open();
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  BOOST_TEST(!current(evil).has_value());
  BOOST_TEST((site->decide(made, {}) == Decided::done));
  const Decision found = current(evil).value();
  BOOST_TEST(found.who == evil);
  BOOST_TEST(found.previous == evil);
  BOOST_TEST(found.note == evil);
  site->report({evil, evil, evil, evil, evil, 0, 0});
  BOOST_TEST(site->workstations(evil).at(0).name == evil);
  site->answer(evil, evil, {1, evil});
  BOOST_TEST(site->read(evil, evil).answer->version == evil);
  BOOST_TEST(current()->version == "1.0");
}

BOOST_AUTO_TEST_CASE(texts_are_cut_between_characters_and_without_control_characters) {
  Decision made = decision(1);
  made.who = "an\x1b[31mna\nB";
  made.who += '\0';
  made.workstation = "latin1 \xe4 end";
  made.note = std::string(kMaxNote - 1, 'n') + "äö";
  BOOST_TEST((open()->decide(made, {}) == Decided::done));
  const Decision found = current().value();
  BOOST_TEST(found.who == "an [31mna B ");
  BOOST_TEST(found.workstation == "latin1 ? end");
  BOOST_TEST(found.note == std::string(kMaxNote - 1, 'n'));
  // Characters that turn the direction of writing: U+202E, U+2066; but not U+2013, a dash.
  BOOST_TEST(storable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c\xe2\x80\x93",
                      100) == "a b c\xe2\x80\x93");
  BOOST_TEST(storable("\xf0\x9f\x98\x80\xc2\x85\xed\xa0\x80\xc0\xaf", 100) ==
             "\xf0\x9f\x98\x80 ?????");
}

BOOST_AUTO_TEST_CASE(wait_ends_with_a_decision_of_another_process_or_when_told_to_stop) {
  using std::chrono::milliseconds;
  const auto site = open();
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  const auto never = [] { return false; };
  const auto known = site->wait_for_decision("app", 0, milliseconds(60'000), never);
  BOOST_TEST(known->counter == 1u);
  int asked = 0;
  const auto soon = [&] { return ++asked > 2; };
  BOOST_TEST(!site->wait_for_decision("app", 1, milliseconds(60'000), soon).has_value());
  BOOST_TEST(!site->wait_for_decision("app", 1, milliseconds(0), never).has_value());
  bool is_decided = false;
  const auto decide_meanwhile = [&] {
    if (!is_decided) open()->decide(decision(2, "2.0"), {});
    is_decided = true;
    return false;
  };
  const auto found = site->wait_for_decision("app", 1, milliseconds(60'000), decide_meanwhile);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->version == "2.0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
