#include "mysql_driver.hpp"

#include "driver.hpp"

namespace xppkg::site {
const MysqlDriver& MysqlDriver::get() {
  return installed_driver("MariaDB", []() -> const MysqlDriver& {
    static const MysqlDriver driver;
    return driver;
  });
}

MysqlDriver::MysqlDriver() : library_(library_file("mariadb", "3", "libmariadb.dll")) {
  library_.find(mysql_close, "mysql_close");
  library_.find(mysql_errno, "mysql_errno");
  library_.find(mysql_error, "mysql_error");
  library_.find(mysql_get_ssl_cipher, "mysql_get_ssl_cipher");
  library_.find(mysql_init, "mysql_init");
  library_.find(mysql_options, "mysql_options");
  library_.find(mysql_query, "mysql_query");
  library_.find(mysql_real_connect, "mysql_real_connect");
  library_.find(mysql_server_init, "mysql_server_init");
  library_.find(mysql_stmt_bind_param, "mysql_stmt_bind_param");
  library_.find(mysql_stmt_bind_result, "mysql_stmt_bind_result");
  library_.find(mysql_stmt_close, "mysql_stmt_close");
  library_.find(mysql_stmt_errno, "mysql_stmt_errno");
  library_.find(mysql_stmt_error, "mysql_stmt_error");
  library_.find(mysql_stmt_execute, "mysql_stmt_execute");
  library_.find(mysql_stmt_fetch, "mysql_stmt_fetch");
  library_.find(mysql_stmt_fetch_column, "mysql_stmt_fetch_column");
  library_.find(mysql_stmt_init, "mysql_stmt_init");
  library_.find(mysql_stmt_prepare, "mysql_stmt_prepare");
  // The first connection would do it, and not safely beside another.
  mysql_server_init(0, nullptr, nullptr);
}

}  // namespace xppkg::site
