#define BOOST_TEST_MODULE site
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "site/site.hpp"
#include "temp_folder.hpp"

namespace xppkg::site {
namespace {

using test::error_of;

struct Fixture {
  test::TempFolder folder;
  fs::Path file = folder / "site.db";
  std::string url = "sqlite:" + file.string();

  [[nodiscard]] std::unique_ptr<SiteDatabase> open(Missing missing) const {
    return open_site(url, missing, fs::native());
  }
  [[nodiscard]] std::string open_error(Missing missing) const {
    return error_of([&] { static_cast<void>(open(missing)); });
  }
  [[nodiscard]] std::string current_error() const {
    return error_of([&] { open(Missing::is_unreachable)->current("app"); });
  }
  /// Any SQL on the file, as somebody who may write the database could run it.
  void sql(const std::string& statement) const {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::Session session("SQLite", file.string());
    session << statement, Poco::Data::Keywords::now;
  }
};

Decision decision(std::uint64_t counter, const std::string& version = "1.0",
                  const std::string& package = "app") {
  return {counter,       package, version, blake2b(as_bytes(version)),
          1'700'000'000, "anna",  "pc-7",  "0.9"};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite, Fixture)

BOOST_AUTO_TEST_CASE(missing_file_is_unreachable_and_not_made) {
  BOOST_TEST(open_error(Missing::is_unreachable) == "database.unreachable");
  BOOST_TEST(!fs::native().stat(file).has_value());
}

BOOST_AUTO_TEST_CASE(missing_file_is_created_for_the_first_decision) {
  const auto site = open(Missing::is_created);
  BOOST_TEST(!site->current("app").has_value());
  BOOST_TEST(site->decide(decision(1)));
  const Decision found = open(Missing::is_unreachable)->current("app").value();
  BOOST_TEST(found.counter == 1u);
  BOOST_TEST(found.package == "app");
  BOOST_TEST(found.version == "1.0");
  BOOST_TEST((found.tree == blake2b(as_bytes("1.0"))));
  BOOST_TEST(found.at == 1'700'000'000);
  BOOST_TEST(found.who == "anna");
  BOOST_TEST(found.workstation == "pc-7");
  BOOST_TEST(found.previous == "0.9");
}

BOOST_AUTO_TEST_CASE(missing_folder_wrong_scheme_and_folder_as_a_file_are_refused) {
  url = "sqlite:" + (folder / "none/site.db").string();
  BOOST_TEST(open_error(Missing::is_created) == "database.unreachable");
  url = "sqlite:" + folder.path().string();
  BOOST_TEST(open_error(Missing::is_unreachable) == "database.unreachable");
  for (const char* other : {"", "sqlite:", "mysql://x", "site.db", "SQLITE:x"}) {
    url = other;
    BOOST_TEST(open_error(Missing::is_created) == "usage.invalid", other);
  }
}

BOOST_AUTO_TEST_CASE(database_without_our_schema_is_undecided) {
  sql("CREATE TABLE customers (name TEXT)");
  const auto early = open(Missing::is_unreachable);
  BOOST_TEST(!early->current("app").has_value());
  const auto pilot = open(Missing::is_created);
  BOOST_TEST(pilot->decide(decision(1)));
  BOOST_TEST(early->current("app").has_value());  // It sees what came after it was opened.
}

BOOST_AUTO_TEST_CASE(decision_counts_up_by_one_and_packages_do_not_mix) {
  const auto site = open(Missing::is_created);
  BOOST_TEST(!site->decide(decision(0)));
  BOOST_TEST(!site->decide(decision(2)));
  BOOST_TEST(site->decide(decision(1)));
  BOOST_TEST(site->decide(decision(1, "5.0", "other")));
  BOOST_TEST(!site->decide(decision(1)));
  BOOST_TEST(site->decide(decision(2, "2.0")));
  BOOST_TEST(site->current("app")->version == "2.0");
  BOOST_TEST(site->current("other")->version == "5.0");
  BOOST_TEST(!site->current("third").has_value());
}

BOOST_AUTO_TEST_CASE(second_connection_that_decides_on_the_same_counter_loses) {
  const auto first = open(Missing::is_created);
  const auto second = open(Missing::is_created);
  BOOST_TEST(!first->current("app").has_value());
  BOOST_TEST(!second->current("app").has_value());
  BOOST_TEST(first->decide(decision(1, "1.0")));
  BOOST_TEST(!second->decide(decision(1, "2.0")));
  BOOST_TEST(second->current("app")->version == "1.0");
  BOOST_TEST(second->decide(decision(2, "2.0")));
  BOOST_TEST(first->current("app")->version == "2.0");
}

BOOST_AUTO_TEST_CASE(of_processes_that_decide_at_once_exactly_one_wins) {
  constexpr int kProcesses = 6;
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ready[1]);
      char byte = 0;
      if (::read(ready[0], &byte, 1) != 0) ::_exit(9);  // All begin when the pipe is closed.
      int status = 8;
      try {
        status = open(Missing::is_created)->decide(decision(1, std::to_string(i + 1))) ? 1 : 0;
      } catch (const std::exception&) {
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  ::close(ready[0]);
  ::close(ready[1]);
  int winner = -1;
  for (int i = 0; i < kProcesses; ++i) {
    int status = 0;
    BOOST_REQUIRE(::waitpid(children[static_cast<std::size_t>(i)], &status, 0) > 0);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) <= 1);
    if (WEXITSTATUS(status) != 1) continue;
    BOOST_TEST(winner == -1);
    winner = i + 1;
  }
  BOOST_TEST(open(Missing::is_unreachable)->current("app")->version == std::to_string(winner));
}

BOOST_AUTO_TEST_CASE(schema_of_a_newer_xppkg_is_refused_and_left_alone) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  for (const char* version : {"3", "9000000000", "-1"}) {
    sql(std::string("UPDATE xppkg_schema SET version = ") + version);
    BOOST_TEST(open_error(Missing::is_unreachable) == "database.newer-schema", version);
    BOOST_TEST(open_error(Missing::is_created) == "database.newer-schema", version);
  }
  sql("UPDATE xppkg_schema SET version = 2");
  BOOST_TEST(open(Missing::is_unreachable)->current("app")->version == "1.0");
}

BOOST_AUTO_TEST_CASE(policy_is_read_as_it_was_decided_and_nonsense_is_damage) {
  Decision made = decision(1);
  made.policy = Policy::recommended;
  BOOST_TEST(open(Missing::is_created)->decide(made));
  BOOST_TEST((open(Missing::is_unreachable)->current("app")->policy == Policy::recommended));
  sql("UPDATE xppkg_decision SET policy = 'perhaps'");
  BOOST_TEST(current_error() == "database.unreachable");
}

BOOST_AUTO_TEST_CASE(
    database_of_the_first_schema_is_read_as_it_is_and_migrated_by_the_next_decision) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  sql("ALTER TABLE xppkg_decision DROP COLUMN policy");
  sql("UPDATE xppkg_schema SET version = 1");
  BOOST_TEST((open(Missing::is_unreachable)->current("app")->policy == Policy::required));
  BOOST_TEST(open(Missing::is_created)->decide(decision(2, "2.0")));
  BOOST_TEST(open(Missing::is_unreachable)->current("app")->version == "2.0");
}

BOOST_AUTO_TEST_CASE(schema_that_makes_no_sense_is_an_error_and_never_undecided) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  sql("UPDATE xppkg_schema SET version = 'one'");
  BOOST_TEST(current_error() == "database.unreachable");
  sql("DELETE FROM xppkg_schema");
  BOOST_TEST(current_error() == "database.unreachable");
  sql("INSERT INTO xppkg_schema VALUES (1)");
  sql("DROP TABLE xppkg_decision");
  BOOST_TEST(current_error() == "database.unreachable");
}

BOOST_AUTO_TEST_CASE(garbage_and_truncated_files_are_unreachable) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  fs::native().truncate(file, fs::native().stat(file)->size / 2);
  BOOST_TEST(current_error() == "database.unreachable");
  test::write_text(file, std::string(8192, 'x'));
  BOOST_TEST(current_error() == "database.unreachable");
  BOOST_TEST(open_error(Missing::is_created) == "database.unreachable");
  BOOST_TEST(test::read_text(file) == std::string(8192, 'x'));
}

BOOST_AUTO_TEST_CASE(hostile_rows_are_an_error_and_never_a_decision) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  for (const char* change :
       {"counter = 'zzz'", "counter = 0", "counter = -5", "counter = x'00'", "tree = ''",
        "tree = 'nonsense'", "tree = upper(tree)", "tree = tree || '00'", "decided_at = 'now'",
        "decided_at = ''", "tree = 7", "version = ''", "version = '1.0); DROP'"}) {
    sql(std::string("UPDATE xppkg_decision SET ") + change);
    BOOST_TEST(current_error() == "database.unreachable", change);
    sql("DELETE FROM xppkg_decision");
    BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  }
}

BOOST_AUTO_TEST_CASE(sql_text_in_any_field_is_only_text) {
  const std::string evil = "x'); DROP TABLE xppkg_decision; --\" OR 1=1";
  Decision made{1, evil, "1.0", blake2b({}), 0, evil, evil, evil};
  const auto site = open(Missing::is_created);
  BOOST_TEST(site->decide(decision(1)));
  BOOST_TEST(!site->current(evil).has_value());
  BOOST_TEST(site->decide(made));
  const Decision found = site->current(evil).value();
  BOOST_TEST(found.who == evil);
  BOOST_TEST(found.previous == evil);
  BOOST_TEST(site->current("app")->version == "1.0");
}

BOOST_AUTO_TEST_CASE(read_only_database_can_be_read_and_not_decided) {
  BOOST_TEST(open(Missing::is_created)->decide(decision(1)));
  fs::native().set_mode(file, 0444);
  fs::native().set_mode(folder.path(), 0555);
  {
    const test::OrdinaryUser user;
    const auto site = open(Missing::is_unreachable);
    BOOST_TEST(site->current("app").has_value());
    BOOST_TEST(error_of([&] { site->decide(decision(2)); }) == "database.unreachable");
  }
  BOOST_TEST(open(Missing::is_unreachable)->current("app")->counter == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
