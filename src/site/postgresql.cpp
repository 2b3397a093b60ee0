#include "postgresql.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "postgresql_connection.hpp"

namespace xppkg::site {
namespace {

// Two at once: the second one meets the tables of the first, begins anew and finds all done.
constexpr const char* kLockTable =
    "CREATE TABLE IF NOT EXISTS xppkg_lock (id integer PRIMARY KEY, taken bigint NOT NULL)";
constexpr const char* kLockRow =
    "INSERT INTO xppkg_lock (id, taken) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";

const std::vector<Migration>& postgresql_migrations() {
  static const std::vector<Migration> migrations{
      {0,
       3,
       {"CREATE TABLE xppkg_decision ("
        " package text COLLATE \"C\" NOT NULL,"
        " counter bigint NOT NULL,"
        " version text NOT NULL,"
        " tree text NOT NULL,"
        " decided_at text NOT NULL,"
        " decided_by text NOT NULL,"
        " workstation text NOT NULL,"
        " previous text NOT NULL,"
        " policy text NOT NULL,"
        " note text NOT NULL,"
        " held smallint NOT NULL,"
        " signature text NOT NULL,"
        " PRIMARY KEY (package, counter))",
        "CREATE TABLE xppkg_content ("
        " digest text COLLATE \"C\" NOT NULL PRIMARY KEY,"
        " size bigint NOT NULL,"
        " is_complete smallint NOT NULL,"
        " added_at text COLLATE \"C\" NOT NULL)",
        "CREATE TABLE xppkg_part ("
        " digest text COLLATE \"C\" NOT NULL,"
        " number bigint NOT NULL,"
        " bytes bytea NOT NULL,"
        " PRIMARY KEY (digest, number))",
        // The bytes are compressed already.
        "ALTER TABLE xppkg_part ALTER COLUMN bytes SET STORAGE EXTERNAL",
        "CREATE TABLE xppkg_file ("
        " package text COLLATE \"C\" NOT NULL,"
        " counter bigint NOT NULL,"
        " path text COLLATE \"C\" NOT NULL,"
        " digest text COLLATE \"C\" NOT NULL,"
        " size bigint NOT NULL,"
        " PRIMARY KEY (package, counter, path))",
        "CREATE INDEX xppkg_file_digest ON xppkg_file (digest)",
        "CREATE TABLE xppkg_workstation ("
        " package text COLLATE \"C\" NOT NULL,"
        " name text COLLATE \"C\" NOT NULL,"
        " platform text NOT NULL DEFAULT '',"
        " version text NOT NULL DEFAULT '',"
        " result text NOT NULL DEFAULT '',"
        " seen_at text NOT NULL DEFAULT '',"
        " decision bigint NOT NULL DEFAULT 0,"
        " answered_decision bigint NOT NULL DEFAULT 0,"
        " answered_version text NOT NULL DEFAULT '',"
        " PRIMARY KEY (package, name))"}},
      {3,
       4,
       {"CREATE TABLE xppkg_site ("
        " number bigint NOT NULL PRIMARY KEY,"
        " id text NOT NULL)",
        kLockTable, kLockRow}},
  };
  return migrations;
}

class PostgresqlBackend final : public Backend {
 public:
  PostgresqlBackend(ServerAddress address, std::string shown, fs::FileSystem& disk)
      : address_(std::move(address)), shown_(std::move(shown)), disk_(disk) {}

  [[nodiscard]] std::string address() const override { return shown_; }
  std::unique_ptr<Connection> connect() override {
    return std::make_unique<PostgresqlConnection>(address_, address_.find_password(disk_));
  }
  [[nodiscard]] bool migrates_when_writing() const override { return false; }
  [[nodiscard]] const std::vector<Migration>& migrations() const override {
    return postgresql_migrations();
  }
  [[nodiscard]] std::string find_schema() const override {
    return "SELECT '1' WHERE to_regclass('xppkg_schema') IS NOT NULL";
  }
  void supplement(Connection& connection) const override {
    if (connection.run({"SELECT '1' WHERE to_regclass('xppkg_lock') IS NULL", {}, 1}).empty()) {
      return;
    }
    connection.run({kLockTable});
    connection.run({kLockRow});
  }
  [[nodiscard]] std::string find_elsewhere() const override {
    return "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
           " WHERE c.relname = 'xppkg_schema' AND c.relkind IN ('r', 'p') ORDER BY 1 LIMIT 1";
  }
  [[nodiscard]] std::chrono::milliseconds ask_again() const override {
    return std::chrono::minutes(1);  // The server tells.
  }

  [[nodiscard]] std::string text(const std::string& column, std::size_t limit) const override {
    return fmt::format("CASE WHEN octet_length(({0})::text) <= {1} THEN ({0})::text END", column,
                       limit);
  }
  [[nodiscard]] std::string number(const std::string& column) const override {
    return fmt::format("({})::bigint::text", column);
  }
  [[nodiscard]] std::string bytes(const std::string& column, std::size_t limit) const override {
    return fmt::format("CASE WHEN octet_length({0}) <= {1} THEN {0} END", column, limit);
  }
  [[nodiscard]] std::string size(const std::string& column) const override {
    return fmt::format("octet_length({})", column);
  }
  [[nodiscard]] std::string now() const override {
    return R"(to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))";
  }

  [[nodiscard]] std::string keep_old(const std::string& key) const override {
    return fmt::format(" ON CONFLICT ({}) DO NOTHING", key);
  }
  [[nodiscard]] std::string replace_old(const std::string& key,
                                        const std::vector<std::string>& columns) const override {
    std::vector<std::string> changes;
    for (const auto& column : columns) changes.push_back(column + " = excluded." + column);
    return fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", key, fmt::join(changes, ", "));
  }
  [[nodiscard]] std::string remove_some(const std::string& table, const std::string& key,
                                        const std::string& condition,
                                        std::size_t limit) const override {
    return fmt::format("DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} WHERE {2} LIMIT {3})",
                       table, key, condition, limit);
  }
  void announce(Connection& connection) const override {
    connection.run({"NOTIFY xppkg_decision"});
  }

 private:
  ServerAddress address_;
  std::string shown_;
  fs::FileSystem& disk_;
};

}  // namespace

std::unique_ptr<Backend> postgresql_backend(ServerAddress address, std::string shown,
                                            fs::FileSystem& disk) {
  return std::make_unique<PostgresqlBackend>(std::move(address), std::move(shown), disk);
}

}  // namespace xppkg::site
