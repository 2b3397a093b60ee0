#pragma once

#include <mysql.h>

#include "base/shared_library.hpp"

namespace xppkg::site {

/// libmariadb, loaded when it is first needed: it brings a TLS library of its own. The names are
/// the library's.
class MysqlDriver {
 public:
  /// Throws Failure where it is not installed.
  static const MysqlDriver& get();

  decltype(&::mysql_close) mysql_close;
  decltype(&::mysql_errno) mysql_errno;
  decltype(&::mysql_error) mysql_error;
  decltype(&::mysql_get_ssl_cipher) mysql_get_ssl_cipher;
  decltype(&::mysql_init) mysql_init;
  decltype(&::mysql_options) mysql_options;
  decltype(&::mysql_query) mysql_query;
  decltype(&::mysql_real_connect) mysql_real_connect;
  decltype(&::mysql_server_init) mysql_server_init;
  decltype(&::mysql_stmt_bind_param) mysql_stmt_bind_param;
  decltype(&::mysql_stmt_bind_result) mysql_stmt_bind_result;
  decltype(&::mysql_stmt_close) mysql_stmt_close;
  decltype(&::mysql_stmt_errno) mysql_stmt_errno;
  decltype(&::mysql_stmt_error) mysql_stmt_error;
  decltype(&::mysql_stmt_execute) mysql_stmt_execute;
  decltype(&::mysql_stmt_fetch) mysql_stmt_fetch;
  decltype(&::mysql_stmt_fetch_column) mysql_stmt_fetch_column;
  decltype(&::mysql_stmt_init) mysql_stmt_init;
  decltype(&::mysql_stmt_prepare) mysql_stmt_prepare;

 private:
  MysqlDriver();

  SharedLibrary library_;
};

}  // namespace xppkg::site
