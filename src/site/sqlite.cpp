#include "sqlite.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sqlite_connection.hpp"
#include "sqlite_schema.hpp"

namespace xppkg::site {
namespace {

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(fs::Path file, Missing missing, fs::FileSystem& disk,
                std::chrono::milliseconds timeout)
      : file_(std::move(file)), missing_(missing), disk_(disk), timeout_(timeout) {}

  [[nodiscard]] std::string address() const override { return fs::to_utf8(file_); }

  std::unique_ptr<Connection> connect() override {
    // SQLite says only that it could not open it.
    if (missing_ == Missing::is_unreachable && !disk_.stat(file_)) {
      throw Failure(Failure::Kind::unreachable, "there is no such file");
    }
    return std::make_unique<SqliteConnection>(file_, missing_, timeout_, disk_);
  }

  [[nodiscard]] bool migrates_when_writing() const override { return true; }
  [[nodiscard]] const std::vector<Migration>& migrations() const override {
    return sqlite_migrations();
  }

  // A column of SQLite takes values of any type.
  [[nodiscard]] std::string text(const std::string& column, std::size_t limit) const override {
    return fmt::format(
        "CASE WHEN typeof({0}) = 'text' AND length(CAST({0} AS BLOB)) <= {1} THEN {0} END", column,
        limit);
  }
  [[nodiscard]] std::string number(const std::string& column) const override {
    return fmt::format("CASE WHEN typeof({0}) = 'integer' THEN CAST({0} AS TEXT) END", column);
  }
  [[nodiscard]] std::string bytes(const std::string& column, std::size_t limit) const override {
    return fmt::format("CASE WHEN typeof({0}) = 'blob' AND length({0}) <= {1} THEN {0} END", column,
                       limit);
  }
  [[nodiscard]] std::string size(const std::string& column) const override {
    return fmt::format("length({})", column);
  }
  [[nodiscard]] bool has_clock() const override { return false; }
  [[nodiscard]] std::string now() const override { return "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"; }

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
  void announce(Connection&) const override {}

 private:
  fs::Path file_;
  Missing missing_;
  fs::FileSystem& disk_;
  std::chrono::milliseconds timeout_;
};

}  // namespace

std::unique_ptr<Backend> sqlite_backend(const fs::Path& file, Missing missing, fs::FileSystem& disk,
                                        std::chrono::milliseconds timeout) {
  return std::make_unique<SqliteBackend>(file, missing, disk, timeout);
}

}  // namespace xppkg::site
