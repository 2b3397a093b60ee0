#pragma once

#include <memory>

#include "address.hpp"
#include "connection.hpp"
#include "mysql_driver.hpp"

namespace xppkg::site {

/// A connection to MariaDB or MySQL through libmariadb itself: Poco's connector has no options for
/// TLS, splits its own at semicolons, and crashes on the longest types, which only who reads column
/// by column can bound.
class MysqlConnection final : public Connection {
 public:
  MysqlConnection(const ServerAddress& address, const std::string& password);

  std::vector<Row> run(const Statement& statement) override;
  void begin(Writer writer) override;
  void commit() override;
  void rollback() noexcept override;
  bool wait_for_news(std::chrono::milliseconds time) override;

 private:
  struct Close {
    void operator()(MYSQL* connection) const { MysqlDriver::get().mysql_close(connection); }
  };

  void run_text(const char* sql);
  void unlock();
  [[noreturn]] void fail();

  std::unique_ptr<MYSQL, Close> connection_;
  bool is_locked_ = false;
};

}  // namespace xppkg::site
