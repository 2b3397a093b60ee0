#include "schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

std::string new_site_id() {
  std::random_device random;
  std::string id;
  while (id.size() < kSiteId) id += fmt::format("{:08x}", random() & 0xffff'ffffU);
  return id;
}

/// Two that make the tables at once end with one id: the row that is there stays.
void name_site(Connection& connection, const Backend& backend, const std::string& site) {
  connection.run({"INSERT INTO xppkg_site (number, id) VALUES (1, ?)" + backend.keep_old("number"),
                  {site.empty() ? new_site_id() : site}});
}

void add_tables(Connection& connection, const Backend& backend, const std::string& site,
                std::uint64_t before) {
  if (before == kNewestSchema) return backend.supplement(connection);
  std::uint64_t version = before;
  for (const Migration& migration : backend.migrations()) {
    if (migration.from != version) continue;
    for (const auto& sql : migration.statements) connection.run({sql});
    version = migration.to;
  }
  if (version != kNewestSchema) refuse_tables("a schema that no program ever made");
  name_site(connection, backend, site);
  // Each table has a primary key: some servers take no other ones.
  const std::string number = std::to_string(version);
  connection.run(
      {"CREATE TABLE IF NOT EXISTS xppkg_schema (version INTEGER NOT NULL PRIMARY KEY)"});
  connection.run({"DELETE FROM xppkg_schema WHERE version <> " + number});
  // Somebody may do the same beside us where tables are no part of a transaction.
  connection.run({"INSERT INTO xppkg_schema (version) SELECT " + number +
                  " WHERE NOT EXISTS (SELECT 1 FROM xppkg_schema)"});
}

}  // namespace

bool is_site_id(std::string_view text) {
  return text.size() == kSiteId && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::uint64_t schema_version(Connection& connection, const Backend& backend) {
  const std::string find = backend.find_schema();
  if (!find.empty() && connection.run({find, {}, 1}).empty()) return 0;
  std::vector<Row> rows;
  try {
    rows =
        connection.run({"SELECT " + backend.number("max(version)") + " FROM xppkg_schema", {}, 1});
  } catch (const Failure& failure) {
    if (failure.kind() == Failure::Kind::missing_table) return 0;
    throw;
  }
  // The tables are made before the row, and where that is no transaction it may have been cut off.
  const bool is_unfinished = !rows.at(0).at(0) && !backend.migrates_when_writing();
  if (is_unfinished) return 0;
  const std::uint64_t version = Fields(rows.at(0)).number("the schema's version");
  if (version == 0) refuse_tables("a schema without a version");
  return version;
}

void refuse_newer(std::uint64_t schema, const Backend& backend) {
  if (schema <= kNewestSchema) return;
  throw Error(Code::database_newer_schema, {{"database", backend.address()},
                                            {"schema", std::to_string(schema)},
                                            {"known", std::to_string(kNewestSchema)}});
}

std::uint64_t migrate(Connection& connection, const Backend& backend, const std::string& site) {
  const std::uint64_t before = schema_version(connection, backend);
  refuse_newer(before, backend);
  try {
    add_tables(connection, backend, site, before);
  } catch (const Failure& failure) {
    if (failure.kind() != Failure::Kind::rights || backend.migrates_when_writing()) throw;
    throw Failure(Failure::Kind::rights,
                  "tables are missing, and the database user has no right to create them: run "
                  "site migrate as their owner, or grant him CREATE (" +
                      failure.cause() + ")");
  }
  return before;
}

}  // namespace xppkg::site
