#include <algorithm>

#include "decision_row.hpp"
#include "schema.hpp"
#include "sql_site.hpp"

namespace xppkg::site {
namespace {

constexpr std::size_t kMaxTime = 32;
/// Far more than any vendor has released.
constexpr std::size_t kMaxVersions = 1000;

/// A user with the right to report can write any row: an invalid one is left out, and hides no
/// other.
std::optional<Workstation> read_workstation(const Row& row, const std::string& package) {
  Fields fields(row);
  try {
    Workstation workstation{package, storable(fields.text("name"), kMaxName)};
    workstation.platform = storable(fields.text("platform"), kMaxName);
    workstation.version = storable(fields.text("version"), kMaxName);
    workstation.result = storable(fields.text("result"), kMaxName);
    workstation.seen = fields.parsed("seen_at", trust::parse_time);
    workstation.decision = fields.counter("decision");
    return workstation;
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace

void SqlSite::report(const Workstation& workstation) {
  check_counter(workstation.decision);
  Statement statement{
      "INSERT INTO xppkg_workstation"
      " (package, name, platform, version, result, decision, seen_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ",
      {workstation.package, storable(workstation.name, kMaxName),
       storable(workstation.platform, kMaxName), storable(workstation.version, kMaxName),
       storable(workstation.result, kMaxName), static_cast<std::int64_t>(workstation.decision)}};
  if (backend_->has_clock()) {
    statement.sql += backend_->now();
  } else {
    statement.sql += "?";
    statement.values.emplace_back(trust::format_time(workstation.seen));
  }
  statement.sql += ")" + backend_->replace_old("package, name", {"platform", "version", "result",
                                                                 "decision", "seen_at"});
  // A report is not worth waiting for.
  write_row(statement, Connection::Writer::in_passing);
}

void SqlSite::answer(const std::string& package, const std::string& workstation,
                     const Answer& answer) {
  check_counter(answer.decision);
  write_row({"INSERT INTO xppkg_workstation (package, name, answered_decision, answered_version)"
             " VALUES (?, ?, ?, ?)" +
                 backend_->replace_old("package, name", {"answered_decision", "answered_version"}),
             {package, storable(workstation, kMaxName), static_cast<std::int64_t>(answer.decision),
              storable(answer.version, kMaxName)}},
            Connection::Writer::among_others);
}

std::vector<Workstation> SqlSite::workstations(const std::string& package) {
  return on_connection(Again::yes, [&](Connection& connection) {
    std::vector<Workstation> found;
    if (!has_payload(connection)) return found;
    std::string columns;
    for (const char* name : {"name", "platform", "version", "result"}) {
      columns += backend_->text(name, kMaxName) + ", ";
    }
    // A workstation that only answered was never seen. An invalid time takes nobody's place, and
    // one of a gigabyte, as whoever may report can write it, nobody's time.
    const std::string seen_at = backend_->text("seen_at", kMaxTime);
    const auto rows =
        connection.run({"SELECT " + columns + seen_at + ", " + backend_->number("decision") +
                            " FROM xppkg_workstation WHERE package = ? AND " + seen_at +
                            " LIKE '____-__-__T__:__:__Z'"
                            " ORDER BY CASE WHEN seen_at > " +
                            backend_->now() + " THEN 1 ELSE 0 END, seen_at DESC, name LIMIT " +
                            std::to_string(kMaxWorkstations),
                        {package},
                        6});
    for (const Row& row : rows) {
      auto workstation = read_workstation(row, package);
      if (workstation) found.push_back(std::move(*workstation));
    }
    std::ranges::sort(found, {}, &Workstation::name);
    return found;
  });
}

std::vector<VersionInUse> SqlSite::versions_in_use(const std::string& package, trust::Time since) {
  return on_connection(Again::yes, [&](Connection& connection) {
    std::vector<VersionInUse> found;
    if (!has_payload(connection)) return found;
    // Grouped by the columns themselves: expressions of them may compare without case. Longer texts
    // are left out before.
    const std::string platform = backend_->text("platform", kMaxName);
    const std::string version = backend_->text("version", kMaxName);
    const auto rows = connection.run({"SELECT " + platform + ", " + version +
                                          " FROM xppkg_workstation WHERE package = ? AND " +
                                          backend_->text("seen_at", kMaxTime) + " >= ? AND " +
                                          platform + " IS NOT NULL AND " + version +
                                          " IS NOT NULL GROUP BY platform, version ORDER BY "
                                          "count(*) DESC, platform, version LIMIT " +
                                          std::to_string(kMaxVersions),
                                      {package, trust::format_time(since)},
                                      2});
    for (const Row& row : rows) {
      const bool is_nonsense = !row.at(0) || !row.at(1);
      if (is_nonsense) continue;
      found.push_back({storable(*row[0], kMaxName), storable(*row[1], kMaxName)});
    }
    return found;
  });
}

}  // namespace xppkg::site
