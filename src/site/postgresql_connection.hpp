#pragma once

#include <chrono>

#include "address.hpp"
#include "connection.hpp"
#include "postgresql_driver.hpp"
#include "socket_wait.hpp"

namespace xppkg::site {

/// A connection through libpq itself: Poco's connector takes no password or path with a space,
/// reports no SQLSTATE and no notifications, moves bytes as text, and leaks the memory of a broken
/// connection.
class PostgresqlConnection final : public Connection {
 public:
  PostgresqlConnection(const ServerAddress& address, const std::string& password);

  std::vector<Row> run(const Statement& statement) override;
  void begin(Writer writer) override;
  void commit() override;
  void rollback() noexcept override;
  bool wait_for_news(std::chrono::milliseconds time) override;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PostgresqlDriver::get().PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PostgresqlDriver::get().PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Clear>;

  [[noreturn]] void fail_to_connect(bool was_silent);
  std::string encoding();
  /// Begins a transaction and sets in it everything that a server may have set otherwise; no
  /// setting outlives it.
  void begin_with(const char* access, const char* timeout);
  /// Throws Failure where tables that are made now would be temporary.
  void check_schema();
  std::vector<Row> run_alone(const Statement& statement);
  /// True if it has to poll for decisions, as it gets no notifications.
  bool has_to_ask();
  /// Takes the notifications that came, and remembers that some did.
  void drop_news();

  /// Several statements without values in one message.
  void run_all(const char* sql);
  void send(const Statement& statement);
  Result receive();
  void check(const Result& result);
  bool wait(SocketEvent event, std::chrono::milliseconds time);
  [[noreturn]] void fail_lost();

  const PostgresqlDriver& pq_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::string settings_;  ///< statements behind each BEGIN
  bool is_open_ = false;  ///< a transaction
  bool listens_ = false;
  bool is_told_ = false;  ///< since wait_for_news() looked last
  bool asks_ = false;
  std::chrono::steady_clock::time_point ask_at_;
};

}  // namespace xppkg::site
