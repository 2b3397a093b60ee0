#pragma once

#include <sqlite3.h>

#include <chrono>
#include <optional>

#include "connection.hpp"
#include "fs/file_system.hpp"
#include "site/site.hpp"

namespace xppkg::site {

/// A connection to an SQLite file, through SQLite itself: a program that only passes the gate needs
/// no more than that, and it can be bounded in time and memory.
class SqliteConnection final : public Connection {
 public:
  /// `timeout`: for one statement. `disk` must outlive it.
  SqliteConnection(fs::Path file, Missing missing, std::chrono::milliseconds timeout,
                   fs::FileSystem& disk);

  std::vector<Row> run(const Statement& statement) override;
  /// Takes the write lock at once: SQLite's default would fail a reader that turns into a writer,
  /// in spite of the busy timeout. There is only one writer.
  void begin(Writer writer) override;
  void commit() override { run({"COMMIT"}); }
  void rollback() noexcept override;
  bool wait_for_news(std::chrono::milliseconds time) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Close>;

  void open(Missing missing);
  void make_readable();
  void open_with(const std::string& name, int flags);
  /// Of a file in WAL mode whose user may only read: opens it as one that does not change, unless
  /// rows in the write-ahead log beside it would be missed.
  void open_unchanging();
  bool is_locked_out();
  bool is_in_wal_mode();
  [[nodiscard]] fs::Path log_file() const;
  [[nodiscard]] bool has_log() const;
  /// Throws Failure where the file changed though it was opened as one that does not.
  void check_unchanged();
  /// Bounds time and memory of each statement, whatever a hostile file contains.
  void limit_statements();
  static int is_late(void* connection);
  /// Refuses views, triggers and virtual tables in place of our tables: a hostile file may have
  /// them.
  void distrust();

  Prepared prepare(const Statement& statement);
  void check(int status);
  [[noreturn]] void fail(int status);
  [[nodiscard]] std::string held_by();
  [[nodiscard]] Failure::Kind kind_of(int status, const std::string& cause);
  /// SQLite reports only that it could not open the file.
  [[nodiscard]] bool may_read();
  [[nodiscard]] bool may_make_journal();

  fs::Path file_;
  std::chrono::milliseconds timeout_;
  fs::FileSystem& disk_;
  std::unique_ptr<sqlite3, Close> connection_;
  Clock::time_point deadline_;  ///< of the statement that runs
  std::optional<fs::Stat> unchanging_;
};

}  // namespace xppkg::site
