#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "statement.hpp"

namespace xppkg::site {

/// One connection to a database. After a Failure it is thrown away, unless the statement ran
/// outside of a transaction of begin. All calls throw Failure. It relies on no default of the
/// server and on no state of a session: a pooler may give each transaction another session.
class Connection {
 public:
  /// How a transaction shares the database with others.
  enum class Writer {
    alone,         ///< one at a time: waits for others of this kind
    among_others,  ///< waits only for the rows that it writes
    in_passing,    ///< the same, but gives up soon: its work is dispensable
    of_tables,     ///< makes or changes tables
  };

  virtual ~Connection() = default;

  /// Outside of a transaction of begin: one that only reads.
  virtual std::vector<Row> run(const Statement& statement) = 0;
  virtual void begin(Writer writer) = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  /// Waits for at most this time; true: the server said meanwhile that somebody decided.
  virtual bool wait_for_news(std::chrono::milliseconds time) = 0;
};

/// A transaction that is rolled back unless it was committed.
class SqlTransaction {
 public:
  SqlTransaction(Connection& connection, Connection::Writer writer) : connection_(connection) {
    connection_.begin(writer);
  }
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;
  ~SqlTransaction() {
    if (!committed_) connection_.rollback();
  }
  void commit() {
    connection_.commit();
    committed_ = true;
  }

 private:
  Connection& connection_;
  bool committed_ = false;
};

/// The statements that lead from one version of the schema to a later one.
struct Migration {
  std::uint64_t from;
  std::uint64_t to;
  std::vector<std::string> statements;
};

/// One kind of database: how it is reached, and where its SQL differs from that of the others.
class Backend {
 public:
  virtual ~Backend() = default;

  /// For messages: without a password.
  [[nodiscard]] virtual std::string address() const = 0;
  virtual std::unique_ptr<Connection> connect() = 0;
  /// True if writers may bring the tables to the newest schema first; else only migrate_site does.
  [[nodiscard]] virtual bool migrates_when_writing() const = 0;
  [[nodiscard]] virtual const std::vector<Migration>& migrations() const = 0;

  /// Adds to tables of the newest schema what earlier programs made them without. Where
  /// nothing is missing, the right to make tables is not needed.
  virtual void supplement(Connection& /*connection*/) const {}
  /// A statement to run when the tables are made, and to do without where it is refused. Empty:
  /// none.
  [[nodiscard]] virtual std::string guard() const { return {}; }
  /// A statement that returns nothing where the table xppkg_schema is missing. Empty: not needed,
  /// as a statement that fails does not end its transaction.
  [[nodiscard]] virtual std::string find_schema() const { return {}; }
  /// A statement that returns the schemas in which the table xppkg_schema is and where the user
  /// does not look. Empty: there is no such thing.
  [[nodiscard]] virtual std::string find_elsewhere() const { return {}; }
  /// How often to ask for a new decision, beside what the connection tells.
  [[nodiscard]] virtual std::chrono::milliseconds ask_again() const {
    return std::chrono::seconds(3);
  }

  /// Expressions for a column to read. NULL where it is of the wrong type or too long, so that no
  /// more than `limit` bytes ever arrive.
  [[nodiscard]] virtual std::string text(const std::string& column, std::size_t limit) const = 0;
  [[nodiscard]] virtual std::string number(const std::string& column) const = 0;
  [[nodiscard]] virtual std::string bytes(const std::string& column, std::size_t limit) const = 0;
  /// Bytes in a column of bytes, as a number; they are not read for it.
  [[nodiscard]] virtual std::string size(const std::string& column) const = 0;
  /// True if the database has a clock that all its users share.
  [[nodiscard]] virtual bool has_clock() const { return true; }
  /// The server's time as trust::format_time writes it.
  [[nodiscard]] virtual std::string now() const = 0;

  /// Ends an INSERT: a row that is there stays as it is.
  [[nodiscard]] virtual std::string keep_old(const std::string& key) const = 0;
  /// Ends an INSERT: of a row that is there, these columns are replaced.
  [[nodiscard]] virtual std::string replace_old(const std::string& key,
                                                const std::vector<std::string>& columns) const = 0;
  /// Removes at most `limit` rows of a table that meet a condition.
  [[nodiscard]] virtual std::string remove_some(const std::string& table, const std::string& key,
                                                const std::string& condition,
                                                std::size_t limit) const = 0;
  /// Notifies waiting readers that somebody decided.
  virtual void announce(Connection& connection) const = 0;
};

}  // namespace xppkg::site
