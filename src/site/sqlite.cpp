#include "sqlite.hpp"

#include <Poco/Data/LOB.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Nullable.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <list>
#include <mutex>
#include <thread>

#include "sqlite_schema.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

using namespace Poco::Data::Keywords;
using Column = std::vector<Poco::Nullable<Poco::Data::BLOB>>;

/// How long a file that cannot be opened is tried again.
constexpr int kOpenSeconds = 1;
/// How long somebody else may lock it.
constexpr int kBusySeconds = 15;
/// How often a statement's deadline is looked at, in steps of SQLite's machine. Short statements
/// never are.
constexpr int kSteps = 10'000;
/// The longest value or row in bytes that a statement may make or load: a part, and some more.
constexpr int kMaxValue = 4 * 1024 * 1024;

void start_connector() {
  static std::once_flag once;
  std::call_once(once, [] { Poco::Data::SQLite::Connector::registerConnector(); });
}

/// What the values of a statement are bound from; it has to keep its address.
struct Bound {
  std::list<Poco::Int64> numbers;
  std::list<std::string> texts;
  std::list<Poco::Data::BLOB> blobs;

  void bind(Poco::Data::Statement& statement, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement, use(numbers.emplace_back(*number));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement, use(texts.emplace_back(*text));
    } else {
      const ByteView bytes = std::get<ByteView>(value);
      statement, use(blobs.emplace_back(bytes.data(), bytes.size()));
    }
  }
};

std::vector<Row> rows_of(const std::vector<Column>& columns) {
  std::vector<Row> rows(columns.empty() ? 0 : columns.front().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Column& column : columns) {
      auto& field = rows[i].emplace_back();
      if (column[i].isNull()) continue;
      const Poco::Data::BLOB& bytes = column[i].value();
      field.emplace(reinterpret_cast<const char*>(bytes.rawContent()), bytes.size());
    }
  }
  return rows;
}

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(fs::Path file, std::chrono::milliseconds patience, fs::FileSystem& disk)
      : file_(std::move(file)), patience_(patience), disk_(disk), session_(open()) {
    limit_statements();
    distrust();
  }

  std::vector<Row> run(const Statement& statement) override {
    deadline_ = Clock::now() + patience_;
    return translated([&] {
      Bound bound;
      std::vector<Column> columns(statement.columns);
      Poco::Data::Statement prepared(session_);
      prepared << statement.sql;
      for (const Value& value : statement.values) bound.bind(prepared, value);
      for (Column& column : columns) prepared, into(column);
      prepared.execute();
      return rows_of(columns);
    });
  }

  /// Takes the write lock at once: SQLite's default would fail a reader that turns into a writer,
  /// in spite of the busy timeout. There is only one writer.
  void begin(Writer) override { run({"BEGIN IMMEDIATE"}); }
  void commit() override { run({"COMMIT"}); }
  void rollback() noexcept override {
    try {
      run({"ROLLBACK"});
    } catch (const Failure&) {
      // The connection is gone, and with it the transaction.
    }
  }

  bool wait_for_news(std::chrono::milliseconds time) override {
    disk_.pause(time);
    return false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Poco::Data::Session open() {
    start_connector();
    return translated([&] {
      Poco::Data::Session session("SQLite", fs::to_utf8(file_), kOpenSeconds);
      session.setConnectionTimeout(kBusySeconds);
      return session;
    });
  }

  /// No statement runs for ever or fills the memory, whatever who made the file put into it.
  void limit_statements() {
    sqlite3* handle = Poco::Data::SQLite::Utility::dbHandle(session_);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxValue);
    sqlite3_progress_handler(handle, kSteps, &is_late, this);
  }
  static int is_late(void* connection) {
    return Clock::now() >= static_cast<SqliteConnection*>(connection)->deadline_ ? 1 : 0;
  }

  /// Who made the file may have put statements of his own into it.
  void distrust() {
    run({"PRAGMA trusted_schema = OFF"});
    const auto foreign =
        run({"SELECT '1' FROM sqlite_master WHERE (name LIKE 'xppkg%' OR tbl_name LIKE 'xppkg%')"
             " AND (type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%') LIMIT 1",
             {},
             1});
    if (!foreign.empty())
      refuse_tables("a view, a trigger or a virtual table stands in place of a table");
  }

  template <typename Work>
  auto translated(const Work& work) -> decltype(work()) {
    try {
      return work();
    } catch (const Poco::Data::SQLite::ReadOnlyException& error) {
      // It says so, too, of a file that was removed or replaced.
      const bool is_there = disk_.stat(file_).has_value();
      throw Failure(is_there ? Failure::Kind::rights : Failure::Kind::lost, error.displayText());
    } catch (const Poco::Data::SQLite::CantOpenDBFileException& error) {
      // Its journal lies beside it.
      const bool is_refused = !may_read() || !disk_.may_write(file_.parent_path());
      throw Failure(is_refused ? Failure::Kind::rights : Failure::Kind::other, error.displayText());
    } catch (const Poco::Exception& error) {
      throw Failure(kind_of(error.displayText()), error.displayText());
    }
  }

  /// SQLite says only that it could not open the file.
  bool may_read() {
    try {
      disk_.open_read(file_);
    } catch (const Error& error) {
      return error.code() != Code::rights_denied;
    }
    return true;
  }

  Failure::Kind kind_of(const std::string& cause) {
    if (cause.find("no such table") != std::string::npos) return Failure::Kind::missing_table;
    if (cause.find("no such column") != std::string::npos) return Failure::Kind::missing_table;
    return may_read() ? Failure::Kind::other : Failure::Kind::rights;
  }

  fs::Path file_;
  std::chrono::milliseconds patience_;
  fs::FileSystem& disk_;
  Poco::Data::Session session_;
  Clock::time_point deadline_;  ///< of the statement that runs
};

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(fs::Path file, Missing missing, fs::FileSystem& disk,
                std::chrono::milliseconds patience)
      : file_(std::move(file)), missing_(missing), disk_(disk), patience_(patience) {}

  [[nodiscard]] std::string address() const override { return fs::to_utf8(file_); }

  std::unique_ptr<Connection> connect() override {
    // SQLite would make the file.
    if (missing_ == Missing::is_unreachable && !disk_.stat(file_)) {
      throw Failure(Failure::Kind::other, "there is no such file");
    }
    return std::make_unique<SqliteConnection>(file_, patience_, disk_);
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
  std::chrono::milliseconds patience_;
};

}  // namespace

std::unique_ptr<Backend> sqlite_backend(const fs::Path& file, Missing missing, fs::FileSystem& disk,
                                        std::chrono::milliseconds patience) {
  return std::make_unique<SqliteBackend>(file, missing, disk, patience);
}

}  // namespace xppkg::site
