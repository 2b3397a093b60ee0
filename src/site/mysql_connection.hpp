#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "address.hpp"
#include "connection.hpp"
#include "mysql_driver.hpp"
#include "mysql_guard.hpp"

namespace xppkg::site {

/// A connection to MariaDB or MySQL through libmariadb itself: Poco's connector has no options for
/// TLS, splits its own options at semicolons, and crashes on the longest types, which can be
/// bounded only by reading column by column.
class MysqlConnection final : public Connection {
 public:
  MysqlConnection(ServerAddress address, std::string password);

  std::vector<Row> run(const Statement& statement) override;
  void begin(Writer writer) override;
  void commit() override;
  void rollback() noexcept override;
  bool wait_for_news(std::chrono::milliseconds time) override;

 private:
  struct Close {
    void operator()(MYSQL* connection) const { MysqlDriver::get().mysql_close(connection); }
  };

  void set_session();
  void run_text(const char* sql);
  void wait_at_most(int seconds);
  void check_packet(const Statement& statement);
  [[noreturn]] void fail();

  void guard();

  ServerAddress address_;
  std::string password_;
  std::unique_ptr<MYSQL, Close> connection_;
  std::optional<MysqlGuard> guard_;  ///< of a releaser's transaction
  static constexpr int kFirstWait = 2;
  bool is_open_ = false;                     ///< a transaction
  int waits_ = kFirstWait;                   ///< for others, in seconds
  std::optional<std::uint64_t> max_packet_;  ///< asked for when a statement is large
};

}  // namespace xppkg::site
