#include <boost/test/unit_test.hpp>
#include <chrono>

#include "site_case.hpp"

namespace xppkg::site {
namespace {

struct HostileCase : SiteCase {
  /// Each column of a text may hold this many bytes, whatever it was declared as.
  void widen(const std::string& table, const std::string& column) const {
    retype(table, column, is_postgresql() ? "text" : "LONGTEXT");
  }
  [[nodiscard]] std::string error(const std::function<void(SiteDatabase&)>& work) const {
    return test::error_of([&] { work(*open(Missing::is_unreachable)); });
  }
  /// Why nothing can be read.
  [[nodiscard]] std::string cause() const {
    try {
      current();
    } catch (const Error& error) {
      return std::string(error.fact("cause"));
    }
    return {};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_rows, HostileCase)

BOOST_AUTO_TEST_CASE(nonsense_is_an_error_and_never_a_decision) {
  for (const char* change :
       {"tree = ''", "tree = 'nonsense'", "tree = upper(tree)", "decided_at = 'now'",
        "decided_at = ''", "version = ''", "version = '1.0); DROP'", "policy = 'perhaps'",
        "held = 2", "held = -1"}) {
    BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
    sql(std::string("UPDATE xppkg_decision SET ") + change);
    BOOST_TEST(read_error() == "database.damaged", change);
    BOOST_TEST(!open()->decisions("app", 5).at(0).decision.has_value(), change);
    BOOST_TEST(!open()->history("app", 5, 5).at(0).decision.has_value(), change);
    sql("DELETE FROM xppkg_decision");
  }
}

BOOST_AUTO_TEST_CASE(nonsense_is_told_by_its_column_and_not_by_its_text) {
  for (const char* column : {"version", "tree", "decided_at", "policy"}) {
    BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
    sql(std::string("UPDATE xppkg_decision SET ") + column + " = '\x1b[31m!'");
    BOOST_TEST(cause() == std::string("a row holds nonsense: ") + column + " is none");
    sql("DELETE FROM xppkg_decision");
  }
}

BOOST_AUTO_TEST_CASE(cause_that_quotes_the_database_has_no_control_characters) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  if (is_postgresql()) {
    retype("xppkg_decision", "held", "text");
    sql("UPDATE xppkg_decision SET held = 'x\x1b[31m'");
    BOOST_TEST(cause().find("\"x [31m\"") != std::string::npos, cause());
  } else if (is_sqlite()) {
    sql("PRAGMA writable_schema = ON; UPDATE sqlite_master SET name = 'x\x1b[31m', sql = 'CREATE'"
        " WHERE name = 'xppkg_file'");
    BOOST_TEST(cause().find("(x [31m)") != std::string::npos, cause());
  }
}

BOOST_AUTO_TEST_CASE(statement_that_fails_while_its_rows_are_read_has_a_cause) {
  if (is_sqlite() || is_postgresql()) return;  // Only MariaDB's driver reads row by row.
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  sql("DROP TABLE xppkg_schema");
  sql("CREATE VIEW xppkg_schema AS SELECT 9223372036854775807 + counter AS version"
      " FROM xppkg_decision");
  BOOST_TEST(read_error() == "database.damaged");
  BOOST_TEST(!cause().empty());
  sql("DROP VIEW xppkg_schema");
}

BOOST_AUTO_TEST_CASE(row_whose_counter_is_none_neither_counts_nor_hides_another) {
  const auto site = open();
  for (const char* counter : {"0", "-5", "4503599627370497", "9223372036854775807"}) {
    sql("DELETE FROM xppkg_decision");
    BOOST_TEST((site->decide(decision(1, "3.0"), {}) == Decided::done));
    sql(std::string("UPDATE xppkg_decision SET counter = ") + counter);
    BOOST_TEST(!current().has_value(), counter);
    BOOST_TEST(site->decisions("app", 5).empty(), counter);
    BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
    BOOST_TEST(current()->version == "1.0", counter);
  }
}

BOOST_AUTO_TEST_CASE(rows_far_above_the_others_use_no_counter_up) {
  const auto site = open();
  const auto add = [&](std::uint64_t counter) {
    sql("INSERT INTO xppkg_decision SELECT package, " + std::to_string(counter) +
        ", version, tree, decided_at, decided_by, workstation, previous, policy, note, held,"
        " signature FROM xppkg_decision WHERE counter = 1");
  };
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  for (const std::uint64_t counter : {kMaxCounter, kMaxCounter - 1, kMaxStep + 2}) add(counter);
  BOOST_TEST(current()->counter == 1u);
  BOOST_TEST((site->decide(decision(2, "2.0"), {}, 1) == Decided::done));
  BOOST_TEST(current()->counter == kMaxStep + 2);  // Now the counters lead there.
  sql("DELETE FROM xppkg_decision WHERE counter = 2");
  BOOST_TEST(current()->counter == 1u);
  add(kMaxStep + 1);
  BOOST_TEST(current()->counter == kMaxStep + 2);
  BOOST_TEST((site->decide(decision(kMaxStep + 3), {}) == Decided::done));
  BOOST_TEST(current()->counter == kMaxStep + 3);
}

BOOST_AUTO_TEST_CASE(nonsense_keeps_nobody_from_deciding_anew) {
  const auto site = open();
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  sql("UPDATE xppkg_decision SET policy = 'perhaps'");
  BOOST_TEST((site->decide(decision(2), {}) == Decided::done));
  BOOST_TEST(current()->counter == 2u);
}

BOOST_AUTO_TEST_CASE(rows_of_one_workstation_do_not_hide_another_s) {
  const auto site = open();
  for (std::uint64_t counter = 1; counter <= 12; ++counter) {
    Decision made = decision(counter);
    made.workstation = counter == 1 ? "pc-1" : "pc-2";
    BOOST_TEST((site->decide(made, {}) == Decided::done));
  }
  const auto rows = site->history("app", 5, 4);
  BOOST_REQUIRE(rows.size() == 5u);
  BOOST_TEST(rows.front().counter == 12u);
  BOOST_TEST(rows.at(3).counter == 9u);
  BOOST_TEST(rows.back().decision->workstation == "pc-1");
}

BOOST_AUTO_TEST_CASE(counter_above_the_highest_is_never_written) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  const auto decide = [](SiteDatabase& site) { site.decide(decision(kMaxCounter + 1), {}); };
  BOOST_TEST(error(decide) == "limit.exceeded");
  const auto report = [](SiteDatabase& site) {
    site.report({"app", "pc-1", "linux-x64", "1.0", "done", 0, kMaxCounter + 1});
  };
  BOOST_TEST(error(report) == "limit.exceeded");
  const auto answer = [](SiteDatabase& site) {
    site.answer("app", "pc-1", {kMaxCounter + 1, "1.0"});
  };
  BOOST_TEST(error(answer) == "limit.exceeded");
  BOOST_TEST(current()->counter == 1u);
  BOOST_TEST(open()->workstations("app").empty());
}

BOOST_AUTO_TEST_CASE(text_of_a_decision_that_is_longer_than_declared_is_refused) {
  for (const char* column : {"version", "tree", "decided_at", "decided_by", "workstation",
                             "previous", "policy", "note", "signature"}) {
    sql("DROP TABLE IF EXISTS xppkg_schema");
    for (const char* table :
         {"decision", "content", "part", "file", "workstation", "site", "lock"}) {
      sql(std::string("DROP TABLE IF EXISTS xppkg_") + table);
    }
    migrate_site(url, fs::native());
    BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
    widen("xppkg_decision", column);
    BOOST_TEST(current()->version == "1.0", column);
    sql(std::string("UPDATE xppkg_decision SET ") + column + " = '" + std::string(2001, '1') + "'");
    BOOST_TEST(read_error() == "database.damaged", column);
  }
}

BOOST_AUTO_TEST_CASE(columns_of_another_type_are_refused) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  retype("xppkg_decision", "held", is_postgresql() ? "text" : "VARCHAR(20)");
  sql("UPDATE xppkg_decision SET held = 'zzz'");
  BOOST_TEST(read_error() == "database.damaged");
  sql("UPDATE xppkg_decision SET held = '0'");
  retype("xppkg_decision", "counter", is_postgresql() ? "text" : "VARCHAR(20)");
  sql("UPDATE xppkg_decision SET counter = 'zzz'");
  const auto look = [&] { BOOST_TEST(!current().has_value()); };
  BOOST_TEST(test::error_of(look) == (is_postgresql() ? "database.damaged" : ""));
}

BOOST_AUTO_TEST_CASE(answer_that_is_nonsense_is_none_and_hides_no_decision) {
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  widen("xppkg_workstation", "answered_version");
  const auto site_state = [&] { return open(Missing::is_unreachable)->read("app", "pc-7"); };
  for (const std::string& change :
       {std::string("answered_decision = -1"), std::string("answered_decision = 4503599627370497"),
        "answered_version = '" + std::string(kMaxName + 1, 'x') + "'"}) {
    open()->answer("app", "pc-7", {1, "2.0"});
    BOOST_TEST(site_state().answer->version == "2.0");
    sql("UPDATE xppkg_workstation SET " + change);
    BOOST_TEST(!site_state().answer.has_value(), change);
    BOOST_TEST(site_state().decision->version == "1.0", change);
  }
}

BOOST_AUTO_TEST_CASE(workstation_that_is_nonsense_is_left_out_and_hides_no_other) {
  for (const char* column : {"platform", "version", "result"}) widen("xppkg_workstation", column);
  const std::string text = "'" + std::string(kMaxName + 1, 'x') + "'";
  for (const std::string& change :
       {std::string("seen_at = 'yesterday'"), std::string("decision = -1"),
        std::string("decision = 4503599627370497"), "platform = " + text, "version = " + text,
        "result = " + text}) {
    for (const char* name : {"pc-6", "pc-7", "pc-8"}) {
      open()->report({"app", name, "linux-x64", "1.0", "done", 0, 0});
    }
    sql("UPDATE xppkg_workstation SET " + change + " WHERE name = 'pc-7'");
    const auto seen = open(Missing::is_unreachable)->workstations("app");
    BOOST_REQUIRE_MESSAGE(seen.size() == 2u, change);
    BOOST_TEST(seen[0].name == "pc-6");
    BOOST_TEST(seen[1].name == "pc-8");
  }
}

BOOST_AUTO_TEST_CASE(huge_texts_of_a_reporter_are_left_out_and_take_nobody_s_time) {
  // SQLite loads no value that is longer than any of ours: the next test.
  const std::string huge = is_sqlite()       ? "hex(zeroblob(500000))"
                           : is_postgresql() ? "repeat('9', 200000000)"
                                             : "repeat('9', 15000000)";
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  for (const char* column : {"seen_at", "platform", "version", "result", "answered_version"}) {
    widen("xppkg_workstation", column);
    for (const char* name : {"pc-6", "pc-7", "pc-8"}) {
      open()->report({"app", name, "linux-x64", "1.0", "done", 1'700'000'000, 0});
    }
    sql(std::string("UPDATE xppkg_workstation SET ") + column + " = " + huge +
        " WHERE name = 'pc-7'");
    const auto begin = std::chrono::steady_clock::now();
    const auto site = open(Missing::is_unreachable);
    const std::string text = column;
    const std::size_t left = text == "answered_version" ? 3 : 2;
    BOOST_TEST(site->workstations("app").size() == left, column);
    BOOST_TEST(site->versions_in_use("app", 0).size() == 1u, column);
    BOOST_TEST(site->read("app", "pc-7").decision->version == "1.0", column);
    BOOST_TEST(!site->read("app", "pc-7").answer.has_value(), column);
    // The workstation that is named in the row replaces it.
    site->answer("app", "pc-7", {1, "2.0"});
    site->report({"app", "pc-7", "linux-x64", "1.0", "done", 1'700'000'000, 0});
    BOOST_TEST(site->workstations("app").size() == 3u, column);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)), column);
    sql("DELETE FROM xppkg_workstation");
  }
}

BOOST_AUTO_TEST_CASE(text_too_long_to_load_is_told_and_stops_no_start) {
  if (!is_sqlite()) return;
  BOOST_TEST((open()->decide(decision(1), {}) == Decided::done));
  for (const char* column : {"name", "seen_at", "platform", "version", "result"}) {
    for (const char* name : {"pc-6", "pc-7"}) {
      open()->report({"app", name, "linux-x64", "1.0", "done", 1'700'000'000, 0});
    }
    sql(std::string("UPDATE xppkg_workstation SET ") + column +
        " = hex(zeroblob(100000000)) WHERE name = 'pc-6'");
    BOOST_TEST(error([](SiteDatabase& site) { site.workstations("app"); }) == "database.damaged",
               column);
    BOOST_TEST(current()->version == "1.0", column);
    BOOST_TEST((open()->decide(decision(current()->counter + 1), {}) == Decided::done), column);
    sql("DELETE FROM xppkg_workstation");
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_nonsense_are_refused) {
  const auto list = [](SiteDatabase& site) { site.files("app", 1); };
  const std::string digest(64, 'a');
  for (const std::string change : {"size = -1", "digest = 'short'", "digest = upper(digest)"}) {
    open()->decide(decision(1), {});
    sql("INSERT INTO xppkg_file (package, counter, path, digest, size) VALUES ('app', 1, 'p', '" +
        digest + "', 1)");
    BOOST_TEST(error(list).empty());
    sql("UPDATE xppkg_file SET " + change);
    BOOST_TEST(error(list) == "database.damaged", change);
    sql("DELETE FROM xppkg_file");
  }
}

BOOST_AUTO_TEST_CASE(contents_and_parts_that_are_nonsense_do_not_count) {
  const auto site = open();
  const Bytes bytes(10);
  const std::vector files{StoredFile{"p", sha256(bytes), bytes.size()}};
  site->store_part(sha256(bytes), 0, bytes);
  BOOST_TEST(site->complete(sha256(bytes), bytes.size(), 1'900'000'000));
  for (const char* change : {"is_complete = 7", "is_complete = 1, size = -1", "size = 11"}) {
    sql(std::string("UPDATE xppkg_content SET ") + change);
    BOOST_TEST((site->decide(decision(1), files) == Decided::payload_missing), change);
  }
  sql("UPDATE xppkg_part SET number = -1");
  BOOST_TEST(site->stored_parts(sha256(bytes)) == 0u);
  BOOST_TEST(!site->complete(sha256(bytes), bytes.size(), 1'900'000'000));
  site->store_part(sha256(bytes), 0, bytes);
  BOOST_TEST(site->complete(sha256(bytes), bytes.size(), 1'900'000'000));
  BOOST_TEST((site->decide(decision(1), files) == Decided::done));
}

BOOST_AUTO_TEST_CASE(path_of_a_file_that_is_too_long_is_refused) {
  const std::string path(kMaxPath + 1, 'p');
  const std::string insert =
      "INSERT INTO xppkg_file (package, counter, path, digest, size) VALUES ('app', 1, '" + path +
      "', '" + std::string(64, 'a') + "', 1)";
  const bool is_kept_out = !is_sqlite() && !is_postgresql();  // By the type of the column.
  open()->decide(decision(1), {});
  if (is_kept_out) {
    BOOST_CHECK_THROW(sql(insert), std::runtime_error);
    return;
  }
  sql(insert);
  const auto list = [](SiteDatabase& site) { site.files("app", 1); };
  BOOST_TEST(error(list) == "database.damaged");
}

BOOST_AUTO_TEST_CASE(part_larger_than_any_is_refused_before_it_is_loaded) {
  const auto site = open();
  const Bytes bytes(10);
  site->store_part(sha256(bytes), 0, bytes);
  retype("xppkg_part", "bytes", is_postgresql() ? "bytea" : "LONGBLOB");
  BOOST_TEST((open()->part(sha256(bytes), 0) == bytes));
  const std::string large = is_sqlite()       ? "zeroblob(50000000)"
                            : is_postgresql() ? "decode(repeat('00', 50000000), 'hex')"
                                              : "repeat('x', 15000000)";
  sql("UPDATE xppkg_part SET bytes = " + large);
  const auto part = [&](SiteDatabase& to) { to.part(sha256(bytes), 0); };
  BOOST_TEST(error(part) == "limit.exceeded");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
