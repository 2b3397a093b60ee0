#include "sql_site.hpp"

#include <algorithm>
#include <thread>

#include "decision_row.hpp"
#include "schema.hpp"

namespace xppkg::site {
namespace {

using Writer = Connection::Writer;

/// How often the caller is asked whether to stop.
constexpr std::chrono::milliseconds kAskToStop{200};

/// The longest message of a server or a driver, in bytes.
constexpr std::size_t kMaxCause = 1000;

constexpr std::size_t kAnswerColumns = 2;

/// A user with the right to report can write any answer: an invalid one counts as none.
std::optional<Answer> read_answer(Fields& fields) {
  Fields own = fields;
  fields.skip(kAnswerColumns);
  try {
    Answer answer;
    answer.decision = own.counter("answered_decision");
    answer.version = storable(own.text("answered_version"), kMaxName);
    if (!answer.version.empty()) return answer;
  } catch (const Failure&) {
    return std::nullopt;
  }
  return std::nullopt;
}

/// Any writer of rows can write invalid ones: they are reported, and hide no other row.
void take_row(Fields& fields, const std::string& package, SiteState& site_state) {
  Fields again = fields;
  site_state.newest = again.counter("counter");
  try {
    site_state.decision = read_decision(fields, package);
  } catch (const Failure& failure) {
    site_state.nonsense = failure.cause();
  }
}

}  // namespace

Connection& SqlSite::connected() {
  if (!connection_) {
    schema_ = 0;
    connection_ = backend_->connect();
  }
  return *connection_;
}

void SqlSite::fail(Code code, const std::string& cause) {
  throw Error(code, {{"database", backend_->address()}, {"cause", storable(cause, kMaxCause)}});
}

std::uint64_t SqlSite::schema(Connection& connection) {
  if (schema_ == kNewestSchema) return schema_;
  // An older one may be migrated by somebody else at any time.
  schema_ = schema_version(connection, *backend_);
  refuse_newer(schema_, *backend_);
  if (schema_ == 0 && !backend_->migrates_when_writing()) fail_without_tables(connection);
  return schema_;
}

void SqlSite::fail_without_tables(Connection& connection) {
  const std::string elsewhere = backend_->find_elsewhere();
  if (!elsewhere.empty()) {
    for (const Row& row : connection.run({elsewhere, {}, 1})) {
      fail(Code::database_search_path, "the tables are in the schema " + row.at(0).value_or(""));
    }
  }
  fail(Code::database_uninitialised, "there are no tables");
}

void SqlSite::tell_missing_tables(const std::string& cause) {
  if (backend_->migrates_when_writing()) return;
  try {
    prepare_to_write(connected());
  } catch (const Failure&) {
    connection_.reset();
    return;
  }
  // The first programs of this schema made their tables without it.
  if (cause.find("xppkg_lock") != std::string::npos) fail(Code::database_older_schema, cause);
}

bool SqlSite::has_payload(Connection& connection) {
  return schema(connection) >= kSchemaWithPayload;
}

void SqlSite::prepare_to_write(Connection& connection) {
  if (schema(connection) == kNewestSchema) return;
  if (!backend_->migrates_when_writing()) {
    throw Error(Code::database_older_schema,
                {{"database", backend_->address()}, {"schema", std::to_string(schema_)}});
  }
  site::migrate(connection, *backend_, {});
}

std::uint64_t SqlSite::migrate(const std::string& site) {
  return on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::of_tables);
    const std::uint64_t before = site::migrate(connection, *backend_, site);
    transaction.commit();
    add_guard(connection);
    return before;
  });
}

// Not each server can have it, and not everybody may add it.
void SqlSite::add_guard(Connection& connection) {
  const std::string guard = backend_->guard();
  if (guard.empty()) return;
  try {
    connection.run({guard});
  } catch (const Failure&) {
    connection_.reset();
  }
}

void SqlSite::check() {
  on_connection(Again::no, [&](Connection& connection) { schema(connection); });
}

void SqlSite::write_row(const Statement& statement, Writer writer) {
  on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, writer);
    prepare_to_write(connection);
    connection.run(statement);
    transaction.commit();
  });
}

SiteState SqlSite::read(const std::string& package, const std::string& workstation) {
  return on_connection(Again::yes, [&](Connection& connection) {
    try {
      return read_newest(connection, package, workstation);
    } catch (const Failure& failure) {
      // Many users may write, and so lock, the table of workstations: a start goes on without the
      // answer.
      const bool has_way_on = failure.kind() == Failure::Kind::locked && backend_->has_clock();
      if (has_way_on) return read_without_answer(connection, package);
      if (failure.kind() != Failure::Kind::missing_table) throw;
    }
    if (schema(connection) >= kNewestSchema) refuse_tables("a table or a column of it is missing");
    // A reader migrates nothing: older tables are read as they are.
    return read_newest_row(connection, package);
  });
}

/// One statement, because every program waits for it at its start.
SiteState SqlSite::read_newest(Connection& connection, const std::string& package,
                               const std::string& workstation) {
  const Statement statement{"SELECT " + backend_->number("s.version") +
                                ", CASE WHEN d.package IS NULL THEN '0' ELSE '1' END"
                                ", CASE WHEN w.package IS NULL THEN '0' ELSE '1' END, " +
                                backend_->number("w.answered_decision") + ", " +
                                backend_->text("w.answered_version", kMaxName) + ", " +
                                decision_columns(*backend_, kNewestSchema) + ", " +
                                backend_->text("i.id", kSiteId) +
                                " FROM (SELECT max(version) AS version FROM xppkg_schema) s"
                                " LEFT JOIN xppkg_site i ON i.number = 1"
                                " LEFT JOIN xppkg_decision d ON d.package = ? AND d.counter = " +
                                newest_counter(*backend_) +
                                " LEFT JOIN xppkg_workstation w ON w.package = ? AND w.name = ?",
                            {package, package, package, package, storable(workstation, kMaxName)},
                            3 + kAnswerColumns + kDecisionColumns + 1};
  const std::vector<Row> rows = connection.run(statement);
  Fields fields(rows.at(0));
  const std::uint64_t version = fields.number("the schema's version");
  if (version == 0) refuse_tables("a schema without a version");
  refuse_newer(version, *backend_);
  schema_ = version;
  SiteState site_state;
  const bool is_decided = fields.flag("decision");
  if (fields.flag("workstation")) {
    site_state.answer = read_answer(fields);
  } else {
    fields.skip(kAnswerColumns);
  }
  if (is_decided) take_row(fields, package, site_state);
  const auto& id = rows[0].back();
  if (id && is_site_id(*id)) site_state.site = *id;
  return site_state;
}

SiteState SqlSite::read_without_answer(Connection& connection, const std::string& package) {
  SiteState site_state = read_newest_row(connection, package);
  const auto rows = connection.run(
      {"SELECT " + backend_->text("i.id", kSiteId) + " FROM xppkg_site i WHERE i.number = 1",
       {},
       1});
  if (!rows.empty() && rows[0][0] && is_site_id(*rows[0][0])) site_state.site = *rows[0][0];
  return site_state;
}

SiteState SqlSite::read_newest_row(Connection& connection, const std::string& package) {
  SiteState site_state;
  if (schema(connection) == 0) return site_state;
  const auto rows = connection.run({"SELECT " + decision_columns(*backend_, schema_) +
                                        " FROM xppkg_decision d WHERE d.package = ?"
                                        " AND d.counter = " +
                                        newest_counter(*backend_),
                                    {package, package, package},
                                    kDecisionColumns});
  if (rows.empty()) return site_state;
  Fields fields(rows.front());
  take_row(fields, package, site_state);
  return site_state;
}

std::vector<DecisionRow> SqlSite::read_rows(Connection& connection, const std::string& package,
                                            const std::string& from, std::vector<Value> values) {
  const auto rows = connection.run({"SELECT " + decision_columns(*backend_, schema_) + from,
                                    std::move(values), kDecisionColumns});
  std::vector<DecisionRow> found;
  for (const Row& row : rows) {
    SiteState site_state;
    Fields fields(row);
    take_row(fields, package, site_state);
    found.push_back({site_state.newest, std::move(site_state.decision)});
  }
  return found;
}

std::vector<DecisionRow> SqlSite::decisions(const std::string& package, std::size_t limit,
                                            std::uint64_t below) {
  return on_connection(Again::yes, [&](Connection& connection) {
    if (schema(connection) == 0) return std::vector<DecisionRow>();
    return read_rows(connection, package,
                     " FROM xppkg_decision d WHERE d.package = ? AND d.counter >= 1"
                     " AND d.counter < ? AND " +
                         backend_->number("d.counter") +
                         " IS NOT NULL ORDER BY d.counter DESC LIMIT " + std::to_string(limit),
                     {package, static_cast<std::int64_t>(std::min(below, kMaxCounter + 1))});
  });
}

std::vector<DecisionRow> SqlSite::history(const std::string& package, std::size_t limit,
                                          std::size_t of_one) {
  return on_connection(Again::yes, [&](Connection& connection) {
    if (schema(connection) == 0) return std::vector<DecisionRow>();
    return read_rows(connection, package,
                     " FROM (SELECT o.*, row_number() OVER (PARTITION BY o.workstation"
                     " ORDER BY o.counter DESC) AS place FROM xppkg_decision o"
                     " WHERE o.package = ? AND o.counter >= 1 AND o.counter <= ? AND " +
                         backend_->number("o.counter") +
                         " IS NOT NULL) d WHERE d.place <= " + std::to_string(of_one) +
                         " ORDER BY d.counter DESC LIMIT " + std::to_string(limit),
                     {package, static_cast<std::int64_t>(kMaxCounter)});
  });
}

bool SqlSite::is_stored_whole(Connection& connection, const StoredFile& file) {
  const auto rows = connection.run(
      {"SELECT '1' FROM xppkg_content WHERE digest = ? AND size = ? AND is_complete = 1",
       {file.digest.hex(), static_cast<std::int64_t>(file.size)},
       1});
  return !rows.empty();
}

void SqlSite::write_files(Connection& connection, const Decision& decision,
                          std::span<const StoredFile> files) {
  const auto counter = static_cast<std::int64_t>(decision.counter);
  // Files of a decision that never was are leftovers, or an attacker's.
  connection.run(
      {"DELETE FROM xppkg_file WHERE package = ? AND counter = ?", {decision.package, counter}});
  for (const StoredFile& file : files) {
    connection.run(
        {"INSERT INTO xppkg_file (package, counter, path, digest, size)"
         " VALUES (?, ?, ?, ?, ?)",
         {decision.package, counter, file.path, file.digest.hex(),
          static_cast<std::int64_t>(file.size)}});
  }
}

// The decision is written already, and readers that get no notification poll. So a full queue of
// notifications, which any user can fill, does not hold it up.
void SqlSite::announce(Connection& connection) {
  try {
    backend_->announce(connection);
  } catch (const Failure&) {
    connection_.reset();
  }
}

Decided SqlSite::decide(const Decision& decision, std::span<const StoredFile> files,
                        std::optional<std::uint64_t> expected) {
  check_counter(decision.counter);
  for (const StoredFile& file : files) {
    if (file.path.size() > kMaxPath) {
      throw Error(Code::limit_exceeded, {{"path", file.path}, {"limit", std::to_string(kMaxPath)}});
    }
  }
  bool is_again = false;
  return on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::alone);
    prepare_to_write(connection);
    const SiteState newest = read_newest_row(connection, decision.package);
    // Nobody knows whether a connection that was lost at the end had written.
    if (is_again && newest.decision && is_same_row(*newest.decision, decision)) {
      return Decided::done;
    }
    is_again = true;
    const std::uint64_t before = newest.newest;
    if (before != expected.value_or(decision.counter - 1) || before >= decision.counter) {
      return Decided::somebody_else;
    }
    const bool are_whole = std::ranges::all_of(
        files, [&](const StoredFile& file) { return is_stored_whole(connection, file); });
    if (!are_whole) return Decided::payload_missing;
    connection.run(insert_decision(decision));
    write_files(connection, decision, files);
    transaction.commit();
    announce(connection);
    return Decided::done;
  });
}

std::optional<Decision> SqlSite::wait_for_decision(
    const std::string& package, std::uint64_t counter, std::chrono::milliseconds time,
    const std::function<bool()>& stop, const std::function<std::optional<Decision>()>& newest) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + time;
  for (std::uint64_t news = 0;;) {
    const auto decision = newest ? newest() : read(package, {}).decision;
    if (decision && decision->counter > counter) return decision;
    const auto ask_again = Clock::now() + backend_->ask_again();
    for (bool has_news = false; !has_news && Clock::now() < ask_again;) {
      if (stop() || Clock::now() >= end) return std::nullopt;
      has_news = on_connection(
          Again::yes, [&](Connection& connection) { return connection.wait_for_news(kAskToStop); });
    }
    // Each user of the database can send news without end.
    if (news++ > 0) std::this_thread::sleep_for(kAskToStop);
  }
}

}  // namespace xppkg::site
