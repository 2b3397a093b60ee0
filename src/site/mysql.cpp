#include "mysql.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mysql_connection.hpp"
#include "mysql_guard.hpp"

namespace xppkg::site {
namespace {

const std::string kTableEnd =
    ") ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
const std::string kLockTable =
    "CREATE TABLE IF NOT EXISTS xppkg_lock ("
    " id INTEGER NOT NULL PRIMARY KEY,"
    " taken BIGINT NOT NULL";
constexpr const char* kLockRow =
    "INSERT INTO xppkg_lock (id, taken) VALUES (1, 0) ON DUPLICATE KEY UPDATE id = 1";

/// Texts are as long as their limit in bytes: each of their characters may be one byte.
const std::vector<Migration>& mysql_migrations() {
  // A statement that makes a table ends its transaction: after an interruption all of it runs anew.
  static const std::string ascii = " CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
  static const std::vector<Migration> migrations{
      {0,
       3,
       {"CREATE TABLE IF NOT EXISTS xppkg_decision ("
        " package VARCHAR(120) NOT NULL,"
        " counter BIGINT NOT NULL,"
        " version VARCHAR(120) NOT NULL,"
        " tree VARCHAR(64) NOT NULL,"
        " decided_at VARCHAR(32) NOT NULL,"
        " decided_by VARCHAR(120) NOT NULL,"
        " workstation VARCHAR(120) NOT NULL,"
        " previous VARCHAR(120) NOT NULL,"
        " policy VARCHAR(16) NOT NULL,"
        " note VARCHAR(2000) NOT NULL,"
        " held SMALLINT NOT NULL,"
        " signature VARCHAR(200) NOT NULL,"
        " PRIMARY KEY (package, counter)" +
            kTableEnd,
        "CREATE TABLE IF NOT EXISTS xppkg_content ("
        " digest VARCHAR(64)" +
            ascii +
            " PRIMARY KEY,"
            " size BIGINT NOT NULL,"
            " is_complete SMALLINT NOT NULL,"
            " added_at VARCHAR(32)" +
            ascii + kTableEnd,
        "CREATE TABLE IF NOT EXISTS xppkg_part ("
        " digest VARCHAR(64)" +
            ascii +
            ", number BIGINT NOT NULL,"
            " bytes MEDIUMBLOB NOT NULL,"
            " PRIMARY KEY (digest, number)" +
            kTableEnd,
        "CREATE TABLE IF NOT EXISTS xppkg_file ("
        " package VARCHAR(120) NOT NULL,"
        " counter BIGINT NOT NULL,"
        " path VARCHAR(1000)" +
            ascii + ", digest VARCHAR(64)" + ascii +
            ", size BIGINT NOT NULL,"
            " PRIMARY KEY (package, counter, path),"
            " KEY xppkg_file_digest (digest)" +
            kTableEnd,
        "CREATE TABLE IF NOT EXISTS xppkg_workstation ("
        " package VARCHAR(120) NOT NULL,"
        " name VARCHAR(120) NOT NULL,"
        " platform VARCHAR(120) NOT NULL DEFAULT '',"
        " version VARCHAR(120) NOT NULL DEFAULT '',"
        " result VARCHAR(120) NOT NULL DEFAULT '',"
        " seen_at VARCHAR(32) NOT NULL DEFAULT '',"
        " decision BIGINT NOT NULL DEFAULT 0,"
        " answered_decision BIGINT NOT NULL DEFAULT 0,"
        " answered_version VARCHAR(120) NOT NULL DEFAULT '',"
        " PRIMARY KEY (package, name)" +
            kTableEnd}},
      {3,
       4,
       {"CREATE TABLE IF NOT EXISTS xppkg_site ("
        " number BIGINT NOT NULL PRIMARY KEY,"
        " id VARCHAR(32)" +
            ascii + kTableEnd,
        kLockTable + kTableEnd, kLockRow}},
  };
  return migrations;
}

class MysqlBackend final : public Backend {
 public:
  MysqlBackend(ServerAddress address, std::string shown, fs::FileSystem& disk)
      : address_(std::move(address)), shown_(std::move(shown)), disk_(disk) {}

  [[nodiscard]] std::string address() const override { return shown_; }
  std::unique_ptr<Connection> connect() override {
    return std::make_unique<MysqlConnection>(address_, address_.find_password(disk_));
  }
  [[nodiscard]] bool migrates_when_writing() const override { return false; }
  [[nodiscard]] const std::vector<Migration>& migrations() const override {
    return mysql_migrations();
  }
  void supplement(Connection& connection) const override {
    const Statement find{
        "SELECT '1' FROM information_schema.tables"
        " WHERE table_schema = database() AND table_name = 'xppkg_lock'",
        {},
        1};
    if (!connection.run(find).empty()) return;
    try {
      connection.run({kLockTable + kTableEnd});
      connection.run({kLockRow});
    } catch (const Failure& failure) {
      if (failure.kind() != Failure::Kind::rights || is_missing(connection)) throw;
    }
  }
  [[nodiscard]] std::string guard() const override { return kGuardProcedure; }

  [[nodiscard]] std::string text(const std::string& column, std::size_t limit) const override {
    return fmt::format("CASE WHEN octet_length({0}) <= {1} THEN CAST({0} AS CHAR) END", column,
                       limit);
  }
  /// A cast to a number would make 0 of any text.
  [[nodiscard]] std::string number(const std::string& column) const override {
    return text(column, kMaxDigits);
  }
  [[nodiscard]] std::string bytes(const std::string& column, std::size_t limit) const override {
    return fmt::format("CASE WHEN octet_length({0}) <= {1} THEN {0} END", column, limit);
  }
  [[nodiscard]] std::string size(const std::string& column) const override {
    return fmt::format("octet_length({})", column);
  }
  [[nodiscard]] std::string now() const override {
    return "date_format(utc_timestamp(), '%Y-%m-%dT%H:%i:%sZ')";
  }

  [[nodiscard]] std::string keep_old(const std::string& key) const override {
    const std::string first = key.substr(0, key.find(','));
    return fmt::format(" ON DUPLICATE KEY UPDATE {0} = VALUES({0})", first);
  }
  [[nodiscard]] std::string replace_old(const std::string&,
                                        const std::vector<std::string>& columns) const override {
    std::vector<std::string> changes;
    for (const auto& column : columns) changes.push_back(fmt::format("{0} = VALUES({0})", column));
    return fmt::format(" ON DUPLICATE KEY UPDATE {}", fmt::join(changes, ", "));
  }
  [[nodiscard]] std::string remove_some(const std::string& table, const std::string&,
                                        const std::string& condition,
                                        std::size_t limit) const override {
    return fmt::format("DELETE FROM {} WHERE {} LIMIT {}", table, condition, limit);
  }
  void announce(Connection&) const override {}

 private:
  static constexpr std::size_t kMaxDigits = 20;

  /// A user without any right to the table is not told whether it is there: it is not his to add.
  static bool is_missing(Connection& connection) {
    try {
      connection.run({"SELECT '1' FROM xppkg_lock", {}, 1});
      return false;
    } catch (const Failure& failure) {
      if (failure.kind() == Failure::Kind::missing_table) return true;
      if (failure.kind() != Failure::Kind::rights) throw;
      return false;
    }
  }

  ServerAddress address_;
  std::string shown_;
  fs::FileSystem& disk_;
};

}  // namespace

std::unique_ptr<Backend> mysql_backend(ServerAddress address, std::string shown,
                                       fs::FileSystem& disk) {
  return std::make_unique<MysqlBackend>(std::move(address), std::move(shown), disk);
}

}  // namespace xppkg::site
