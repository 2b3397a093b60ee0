#pragma once

#include <Poco/Data/MySQL/SessionHandle.h>

#include "address.hpp"
#include "connection.hpp"

namespace xppkg::site {

/// A connection to MariaDB or MySQL, on Poco's handle of it. Not its Session: that has no options
/// for TLS, splits its own at semicolons, and crashes on the longest types, which only who reads
/// column by column can bound.
class MysqlConnection final : public Connection {
 public:
  MysqlConnection(const ServerAddress& address, const std::string& password);

  std::vector<Row> run(const Statement& statement) override;
  void begin(Writer writer) override;
  void commit() override;
  void rollback() noexcept override;
  bool wait_for_news(std::chrono::milliseconds time) override;

 private:
  void run_text(const char* sql);
  void unlock();
  [[noreturn]] void fail();

  Poco::Data::MySQL::SessionHandle handle_;
  bool is_locked_ = false;
};

}  // namespace xppkg::site
