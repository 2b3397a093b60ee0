#pragma once

#include "address.hpp"
#include "connection.hpp"
#include "postgresql_driver.hpp"
#include "socket_wait.hpp"

namespace xppkg::site {

/// A connection through libpq itself: Poco's connector takes no password or path with a space,
/// tells no SQLSTATE and no news, moves bytes as text, and loses the memory of a connection that
/// broke.
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

  /// Several statements without values in one message.
  void run_all(const char* sql);
  void send(const Statement& statement);
  Result receive();
  void check(const Result& result);
  bool wait(SocketEvent event, std::chrono::milliseconds time);
  [[noreturn]] void fail_lost();

  const PostgresqlDriver& pq_;
  std::unique_ptr<PGconn, Finish> connection_;
  bool listens_ = false;
};

}  // namespace xppkg::site
