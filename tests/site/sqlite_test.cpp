
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>

#include "site_case.hpp"
#include "sql_site.hpp"
#include "sqlite.hpp"

// Faults that only a file can have: missing, garbage, read-only, or of an older schema.
namespace xppkg::site {
namespace {

using test::error_of;
using test::read_text;
using test::write_text;

/// Another process that keeps the file to itself.
class Locker {
 public:
  explicit Locker(const fs::Path& file) {
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    process_ = ::fork();
    BOOST_REQUIRE(process_ >= 0);
    if (process_ == 0) {
      SqliteFile own(file);
      own.run("BEGIN EXCLUSIVE");
      ::close(ready[0]);
      ::close(ready[1]);
      while (true) ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 0);
    ::close(ready[0]);
  }
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;
  ~Locker() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  [[nodiscard]] pid_t process() const { return process_; }

 private:
  pid_t process_ = 0;
};

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

/// A journal as one transaction in several files leaves it. It has no page, and names the file that
/// goes with the transaction.
std::string journal_that_names(const std::string& name, std::uint32_t pages) {
  constexpr std::uint32_t kSector = 512;
  constexpr std::uint32_t kPage = 4096;
  constexpr std::uint32_t kLockPage = 0x40000000 / kPage + 1;
  const std::string mark = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
  std::string text = mark + big_endian(0) + big_endian(0) + big_endian(pages) +
                     big_endian(kSector) + big_endian(kPage);
  text.resize(kSector);
  std::uint32_t sum = 0;
  for (const char c : name) sum += static_cast<std::uint32_t>(static_cast<signed char>(c));
  return text + big_endian(kLockPage) + name + big_endian(static_cast<std::uint32_t>(name.size())) +
         big_endian(sum) + mark;
}

struct Fixture : SiteCase {
  [[nodiscard]] std::string open_error(Missing missing) const {
    return error_of([&] { static_cast<void>(open(missing)); });
  }
  /// A file as older programs made it, with one decision.
  void make_old(int schema) const {
    sql("CREATE TABLE xppkg_decision (package TEXT NOT NULL, counter INTEGER NOT NULL,"
        " version TEXT NOT NULL, tree TEXT NOT NULL, decided_at TEXT NOT NULL,"
        " decided_by TEXT NOT NULL, workstation TEXT NOT NULL, previous TEXT NOT NULL,"
        " PRIMARY KEY (package, counter))");
    sql("CREATE TABLE xppkg_schema (version INTEGER NOT NULL)");
    sql("INSERT INTO xppkg_schema VALUES (" + std::to_string(schema) + ")");
    sql("INSERT INTO xppkg_decision VALUES ('app', 1, '1.0', '" + blake2b({}).hex() +
        "', '2026-11-22T08:18:51Z', 'anna', 'pc-7', '')");
    if (schema < 2) return;
    sql("ALTER TABLE xppkg_decision ADD COLUMN policy TEXT NOT NULL DEFAULT 'required'");
    sql("UPDATE xppkg_decision SET policy = 'recommended'");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite, Fixture)

BOOST_AUTO_TEST_CASE(missing_file_is_unreachable_and_not_made) {
  BOOST_TEST(open_error(Missing::is_unreachable) == "database.unreachable");
  BOOST_TEST(!fs::native().stat(file).has_value());
}

BOOST_AUTO_TEST_CASE(missing_file_is_created_for_the_first_decision) {
  const auto site = open(Missing::is_created);
  BOOST_TEST(!site->read("app", "pc-7").decision.has_value());
  BOOST_TEST((site->decide(decision(1), {}) == Decided::done));
  BOOST_TEST(current()->version == "1.0");
}

BOOST_AUTO_TEST_CASE(missing_folder_wrong_scheme_and_folder_as_a_file_are_refused) {
  url = "sqlite:" + (folder / "none/site.db").string();
  BOOST_TEST(open_error(Missing::is_created) == "database.unreachable");
  url = "sqlite:" + folder.path().string();
  BOOST_TEST(open_error(Missing::is_unreachable) == "database.unreachable");
  for (const char* other : {"", "sqlite:", "oracle://x", "site.db", "SQLITE:x"}) {
    url = other;
    BOOST_TEST(open_error(Missing::is_created) == "usage.invalid", other);
  }
}

BOOST_AUTO_TEST_CASE(database_without_our_schema_is_undecided) {
  sql("CREATE TABLE customers (name TEXT)");
  const auto early = open(Missing::is_unreachable);
  BOOST_TEST(!early->read("app", "pc-7").decision.has_value());
  BOOST_TEST(early->files("app", 1).empty());
  const auto pilot = open(Missing::is_created);
  BOOST_TEST((pilot->decide(decision(1), {}) == Decided::done));
  // It sees what came after it was opened.
  BOOST_TEST(early->read("app", "pc-7").decision.has_value());
}

BOOST_AUTO_TEST_CASE(database_of_an_older_schema_is_read_as_it_is) {
  make_old(2);
  const auto site = open(Missing::is_unreachable);
  const SiteState site_state = site->read("app", "pc-7");
  BOOST_TEST((site_state.decision->policy == Policy::recommended));
  BOOST_TEST(!site_state.decision->held);
  BOOST_TEST(!site_state.answer.has_value());
  BOOST_TEST(site->decisions("app", 5).size() == 1u);
  BOOST_TEST(site->files("app", 1).empty());
  BOOST_TEST(!site->find("app", 1, "p").has_value());
  BOOST_TEST(site->stored_parts(sha256({})) == 0u);
  BOOST_TEST(site->workstations("app").empty());
  BOOST_TEST(error_of([&] { site->part(sha256({}), 0); }) == "notfound.file");
  sql("INSERT INTO xppkg_schema VALUES (1)");  // The highest row counts; nothing was migrated.
  BOOST_TEST((current()->policy == Policy::recommended));
}

BOOST_AUTO_TEST_CASE(database_of_the_first_schema_is_migrated_by_whatever_is_written_next) {
  make_old(1);
  BOOST_TEST((current()->policy == Policy::required));
  const auto site = open(Missing::is_unreachable);
  site->report({"app", "pc-1", "linux-x64", "1.0", "done", 0, 0});
  BOOST_TEST(site->workstations("app").size() == 1u);
  BOOST_TEST(current()->version == "1.0");
  BOOST_TEST((site->decide(decision(2, "2.0"), {}) == Decided::done));
  BOOST_TEST(current()->version == "2.0");
  BOOST_TEST(migrate_site(url, fs::native()) == kNewestSchema);
}

BOOST_AUTO_TEST_CASE(decision_that_loses_migrates_nothing) {
  make_old(1);
  const auto site = open(Missing::is_unreachable);
  BOOST_TEST((site->decide(decision(7), {}) == Decided::somebody_else));
  BOOST_TEST(migrate_site(url, fs::native()) == 1u);
}

BOOST_AUTO_TEST_CASE(garbage_and_truncated_files_are_damaged) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  fs::native().truncate(file, fs::native().stat(file)->size / 2);
  BOOST_TEST(read_error() == "database.damaged");
  test::write_text(file, std::string(8192, 'x'));
  BOOST_TEST(read_error() == "database.damaged");
  BOOST_TEST(open_error(Missing::is_created) == "database.damaged");
  BOOST_TEST(test::read_text(file) == std::string(8192, 'x'));
}

BOOST_AUTO_TEST_CASE(values_of_another_type_are_an_error_and_never_a_decision) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  for (const char* change : {"tree = 7", "version = x'312e30'", "note = x'00'", "held = 'no'"}) {
    sql(std::string("UPDATE xppkg_decision SET ") + change);
    BOOST_TEST(read_error() == "database.damaged", change);
    sql("DELETE FROM xppkg_decision");
    BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  }
  for (const char* change : {"counter = 'zzz'", "counter = x'00'", "counter = 1.5"}) {
    sql(std::string("UPDATE xppkg_decision SET ") + change);
    BOOST_TEST(!current().has_value(), change);
    sql("DELETE FROM xppkg_decision");
    BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  }
  // Files of before have tables without a key.
  sql("DROP TABLE xppkg_schema; CREATE TABLE xppkg_schema (version INTEGER NOT NULL);"
      " INSERT INTO xppkg_schema VALUES ('one')");
  BOOST_TEST(read_error() == "database.damaged");
}

BOOST_AUTO_TEST_CASE(file_with_statements_of_its_own_is_refused) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  sql("CREATE TRIGGER xppkg_any AFTER INSERT ON xppkg_workstation BEGIN"
      " DELETE FROM xppkg_decision; END");
  BOOST_TEST(read_error() == "database.damaged");
  sql("DROP TRIGGER xppkg_any");
  BOOST_TEST(current()->version == "1.0");
  sql("ALTER TABLE xppkg_decision RENAME TO other");
  sql("CREATE VIEW xppkg_decision AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
      "n)"
      " SELECT 'app' AS package, i AS counter FROM n");
  BOOST_TEST(read_error() == "database.damaged");
  BOOST_TEST(open_error(Missing::is_created) == "database.damaged");
}

BOOST_AUTO_TEST_CASE(virtual_table_in_place_of_one_is_refused) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  sql("DROP TABLE xppkg_file");
  sql("CREATE VIRTUAL TABLE xppkg_file USING rtree(package, counter, path, digest, size)");
  BOOST_TEST(read_error() == "database.damaged");
}

BOOST_AUTO_TEST_CASE(
    file_whose_texts_are_of_another_encoding_is_refused_before_anything_is_written) {
  sql("PRAGMA encoding = 'UTF-16le'; CREATE TABLE other (id)");
  BOOST_TEST(open_error(Missing::is_created) == "database.encoding");
  BOOST_TEST(read_error() == "database.encoding");
}

BOOST_AUTO_TEST_CASE(statement_that_never_ends_is_given_up) {
  open(Missing::is_created)->decide(decision(1), {});
  // A timeout that is over at once: whatever takes many steps is given up at the first look.
  SqlSite site(sqlite_backend(file, Missing::is_unreachable, fs::native(), {}));
  BOOST_TEST(site.read("app", "pc-7").decision->version == "1.0");
  // In place of a table only after the file was looked at.
  sql("DROP TABLE xppkg_schema");
  sql("CREATE VIEW xppkg_schema AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
      " SELECT i AS version FROM n");
  try {
    site.read("app", "pc-7");
    BOOST_ERROR("it ended");
  } catch (const Error& error) {
    BOOST_TEST(info(error.code()).id == "database.busy");
    BOOST_TEST(std::string(error.fact("cause")).find("nterrupt") != std::string::npos,
               error.fact("cause"));
  }
}

BOOST_AUTO_TEST_CASE(column_that_makes_a_value_larger_than_any_is_refused) {
  open(Missing::is_created)->decide(decision(1), {});
  sql("ALTER TABLE xppkg_decision RENAME COLUMN note TO old_note");
  sql("ALTER TABLE xppkg_decision ADD COLUMN note TEXT AS (hex(zeroblob(3000000)))");
  try {
    current();
    BOOST_ERROR("it was read");
  } catch (const Error& error) {
    BOOST_TEST(info(error.code()).id == "database.damaged");
    BOOST_TEST(std::string(error.fact("cause")).find("too big") != std::string::npos,
               error.fact("cause"));
  }
}

BOOST_AUTO_TEST_CASE(flipped_bytes_are_an_error_or_read_as_they_are_and_never_more) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  const std::string whole = test::read_text(file);
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    test::write_text(file, flipped);
    const std::string error = read_error();
    const bool is_known = error.empty() || error.starts_with("database.");
    BOOST_TEST(is_known, error);
    if (!error.empty()) ++refused;
  }
  BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_CASE(file_that_somebody_locks_for_too_long_is_told_as_locked_and_who_it_is) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  const auto site = open(Missing::is_unreachable);
  {
    const Locker other(file);
    try {
      site->read("app", "pc-7");
      BOOST_ERROR("it was read");
    } catch (const Error& error) {
      BOOST_TEST(info(error.code()).id == "database.locked");
      const std::string cause(error.fact("cause"));
      BOOST_TEST(cause.find("locked by ") != std::string::npos, cause);
      BOOST_TEST(cause.find("(pid " + std::to_string(other.process()) + ")") != std::string::npos,
                 cause);
    }
  }
  BOOST_TEST(site->read("app", "pc-7").decision->version == "1.0");
}

BOOST_AUTO_TEST_CASE(journal_beside_the_file_removes_no_other_file) {
  BOOST_REQUIRE((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  const fs::Path victim = folder / "victim";
  write_text(victim, "keep");
  fs::Path journal = file;
  journal += "-journal";
  const std::uint32_t pages = static_cast<std::uint32_t>(std::filesystem::file_size(file) / 4096);
  write_text(journal, journal_that_names(fs::to_utf8(victim), pages));
  BOOST_TEST(error_of([&] { current(); }) == "database.unreachable");
  BOOST_TEST(read_text(victim) == "keep");
  BOOST_TEST(current()->version == "1.0");
}

BOOST_AUTO_TEST_CASE(file_that_goes_while_it_is_open_is_unreachable_and_not_made_anew) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  const auto site = open(Missing::is_unreachable);
  fs::native().remove_file(file);
  BOOST_TEST(open_error(Missing::is_unreachable) == "database.unreachable");
  BOOST_TEST(error_of([&] { site->report({"app", "pc-7"}); }) == "database.unreachable");
  BOOST_TEST(!fs::native().stat(file).has_value());
}

BOOST_AUTO_TEST_CASE(read_only_database_can_be_read_and_not_written) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  fs::native().set_mode(file, 0444);
  fs::native().set_mode(folder.path(), 0555);
  {
    const test::OrdinaryUser user;
    const auto site = open(Missing::is_unreachable);
    BOOST_TEST(site->read("app", "pc-7").decision.has_value());
    BOOST_TEST(error_of([&] { site->decide(decision(2), {}); }) == "database.rights");
    BOOST_TEST(error_of([&] { site->report({"app", "pc-7"}); }) == "database.rights");
    BOOST_TEST(error_of([&] { site->answer("app", "pc-7", {0, "1"}); }) == "database.rights");
    BOOST_TEST(site->read("app", "pc-7").decision.has_value());
  }
  BOOST_TEST(current()->counter == 1u);
}

BOOST_AUTO_TEST_CASE(folder_where_no_journal_can_be_made_and_unreadable_file_lack_rights) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  fs::native().set_mode(file, 0666);
  fs::native().set_mode(folder.path(), 0555);
  {
    const test::OrdinaryUser user;
    BOOST_TEST(error_of([&] { open(Missing::is_unreachable)->decide(decision(2), {}); }) ==
               "database.rights");
  }
  fs::native().set_mode(file, 0600);
  const test::OrdinaryUser user;
  BOOST_TEST(read_error() == "database.rights");
}

BOOST_AUTO_TEST_CASE(file_in_wal_mode_is_read_by_who_may_only_read_and_read_again_when_it_changed) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  sql("PRAGMA journal_mode = wal");
  fs::native().set_mode(file, 0444);
  fs::native().set_mode(folder.path(), 0555);
  std::unique_ptr<SiteDatabase> site;
  {
    const test::OrdinaryUser user;
    site = open(Missing::is_unreachable);
    BOOST_TEST(site->read("app", "pc-7").decision->counter == 1u);
    BOOST_TEST(error_of([&] { site->report({"app", "pc-7"}); }) == "database.rights");
    BOOST_TEST(site->read("app", "pc-7").decision->counter == 1u);
  }
  BOOST_TEST((open()->decide(decision(2), {}) == Decided::done));
  const test::OrdinaryUser user;
  BOOST_TEST(site->read("app", "pc-7").decision->counter == 2u);
}

BOOST_AUTO_TEST_CASE(file_in_wal_mode_whose_log_was_left_is_unfinished_and_never_older) {
  BOOST_TEST((open(Missing::is_created)->decide(decision(1), {}) == Decided::done));
  const fs::Path left = folder / "left";
  fs::native().make_directory(left, 0755);
  {
    SqliteFile writer(file);
    writer.run("PRAGMA journal_mode = wal");
    writer.run("UPDATE xppkg_decision SET note = 'newer'");
    test::write_text(left / "site.db", test::read_text(file));
    test::write_text(left / "site.db-wal", test::read_text(file.string() + "-wal"));
  }
  fs::native().set_mode(folder.path(), 0755);
  fs::native().set_mode(left, 0555);
  url = "sqlite:" + (left / "site.db").string();
  {
    const test::OrdinaryUser user;
    BOOST_TEST(read_error() == "database.unfinished");
  }
  fs::native().set_mode(left, 0755);
  BOOST_TEST(current()->note == "newer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
