#include "mysql_connection.hpp"

#include <algorithm>
#include <thread>

namespace xppkg::site {
namespace {

constexpr unsigned int kConnectSeconds = 5;
/// For each wait for the server. It gives up a statement before.
constexpr unsigned int kPatienceSeconds = 30;
/// None that tells the server the password.
constexpr const char* kWaysToLogIn = "mysql_native_password,client_ed25519,caching_sha2_password";
/// Of both servers only MariaDB reads what stands behind "/*M!". In its strict mode nothing is cut
/// or changed silently.
constexpr const char* kServerLimits =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = 15"
    " /*M!100101 , max_statement_time = 20 */";
/// Transactions that must not run beside each other hold this lock of the database.
constexpr const char* kLock = "SELECT GET_LOCK(concat('xppkg.', md5(database())), 15)";
constexpr const char* kUnlock = "DO RELEASE_LOCK(concat('xppkg.', md5(database())))";

const MysqlDriver& driver() {
  return MysqlDriver::get();
}

struct Close {
  void operator()(MYSQL_STMT* statement) const { driver().mysql_stmt_close(statement); }
};
using Prepared = std::unique_ptr<MYSQL_STMT, Close>;

Failure::Kind kind_of(unsigned int code) {
  using Kind = Failure::Kind;
  switch (code) {
    case 1044:  // a database, a table, a column, a routine, an administrator's statement
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return Kind::rights;
    case 1054:  // a column, a table
    case 1146:
      return Kind::missing_table;
    case 1053:  // the server goes down, a deadlock, killed, gone, lost
    case 1213:
    case 1317:
    case 1927:
    case 2006:
    case 2013:
    case 2055:
      return Kind::lost;
    default:
      return Kind::other;
  }
}

[[noreturn]] void fail(MYSQL_STMT* statement) {
  const unsigned int code = driver().mysql_stmt_errno(statement);
  const std::string cause = driver().mysql_stmt_error(statement);
  // While rows are fetched, the driver tells of some errors only at the connection.
  const bool is_told = code != 0 && !cause.empty();
  MYSQL* handle = statement->mysql;
  if (is_told || handle == nullptr) throw Failure(kind_of(code), cause);
  throw Failure(kind_of(driver().mysql_errno(handle)), driver().mysql_error(handle));
}

MYSQL_BIND bound(const Value& value) {
  MYSQL_BIND bind{};
  const auto set = [&](enum_field_types type, const void* bytes, std::size_t size) {
    bind.buffer_type = type;
    bind.buffer = const_cast<void*>(bytes);
    bind.buffer_length = static_cast<unsigned long>(size);
  };
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    set(MYSQL_TYPE_LONGLONG, number, sizeof(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    set(MYSQL_TYPE_STRING, text->data(), text->size());
  } else {
    const ByteView bytes = std::get<ByteView>(value);
    set(MYSQL_TYPE_BLOB, bytes.data(), bytes.size());
  }
  return bind;
}

/// Reads row by row; how much memory a field takes is known before it is fetched.
class Fetch {
 public:
  Fetch(MYSQL_STMT* statement, std::size_t columns)
      : statement_(statement), binds_(columns), sizes_(columns), nulls_(columns) {
    for (std::size_t i = 0; i < columns; ++i) {
      binds_[i].buffer_type = MYSQL_TYPE_STRING;
      binds_[i].length = &sizes_[i];
      binds_[i].is_null = &nulls_[i];
    }
    if (driver().mysql_stmt_bind_result(statement_, binds_.data()) != 0) fail(statement_);
  }

  bool next(Row& row) {
    const int status = driver().mysql_stmt_fetch(statement_);
    if (status == MYSQL_NO_DATA) return false;
    if (status != 0 && status != MYSQL_DATA_TRUNCATED) fail(statement_);
    for (std::size_t i = 0; i < binds_.size(); ++i) row.push_back(field(i));
    return true;
  }

 private:
  std::optional<std::string> field(std::size_t column) {
    if (nulls_[column] != 0) return std::nullopt;
    std::string text(sizes_[column], '\0');
    MYSQL_BIND bind{};
    unsigned long size = 0;
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = text.data();
    bind.buffer_length = static_cast<unsigned long>(text.size());
    bind.length = &size;
    const auto index = static_cast<unsigned int>(column);
    if (driver().mysql_stmt_fetch_column(statement_, &bind, index, 0) != 0) fail(statement_);
    return text;
  }

  MYSQL_STMT* statement_;
  std::vector<MYSQL_BIND> binds_;
  std::vector<unsigned long> sizes_;
  std::vector<my_bool> nulls_;
};

void set_tls(MYSQL* handle, const ServerAddress& address) {
  const std::string mode = address.option("ssl-mode");
  const std::string ca = address.option("ssl-ca");
  my_bool is_required = mode == "required" || mode == "verify-identity" ? 1 : 0;
  my_bool is_verified = mode == "verify-identity" ? 1 : 0;
  if (!ca.empty()) driver().mysql_options(handle, MYSQL_OPT_SSL_CA, ca.c_str());
  if (mode != "disabled" && !mode.empty()) {
    driver().mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &is_required);
  }
  driver().mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &is_verified);
}

/// Where the server offers no TLS the driver goes on without.
void check_tls(MYSQL* handle, const ServerAddress& address) {
  const std::string mode = address.option("ssl-mode");
  const bool is_needed = mode == "required" || mode == "verify-identity";
  if (is_needed && driver().mysql_get_ssl_cipher(handle) == nullptr) {
    throw Failure(Failure::Kind::other, "the server offers no TLS");
  }
}

void set_options(MYSQL* handle, const ServerAddress& address) {
  const unsigned int protocol = MYSQL_PROTOCOL_TCP;  // "localhost" would be a socket's file.
  const unsigned int no_files = 0;                   // The server could ask for any of ours.
  driver().mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  driver().mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
  driver().mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
  driver().mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &kPatienceSeconds);
  driver().mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &kPatienceSeconds);
  driver().mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kWaysToLogIn);
  driver().mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  driver().mysql_options(handle, MYSQL_INIT_COMMAND, kServerLimits);
  set_tls(handle, address);
}

}  // namespace

MysqlConnection::MysqlConnection(const ServerAddress& address, const std::string& password)
    : connection_(driver().mysql_init(nullptr)) {
  if (!connection_) throw std::bad_alloc();
  MYSQL* handle = connection_.get();
  set_options(handle, address);
  if (driver().mysql_real_connect(handle, address.host.c_str(), address.user.c_str(),
                                  password.c_str(), address.database.c_str(), address.port, nullptr,
                                  0) == nullptr) {
    throw Failure(Failure::Kind::other, driver().mysql_error(handle));
  }
  check_tls(handle, address);
}

void MysqlConnection::fail() {
  throw Failure(kind_of(driver().mysql_errno(connection_.get())),
                driver().mysql_error(connection_.get()));
}

std::vector<Row> MysqlConnection::run(const Statement& statement) {
  const Prepared prepared(driver().mysql_stmt_init(connection_.get()));
  if (!prepared) fail();
  MYSQL_STMT* handle = prepared.get();
  const std::string& sql = statement.sql;
  if (driver().mysql_stmt_prepare(handle, sql.data(), static_cast<unsigned long>(sql.size())) !=
      0) {
    site::fail(handle);
  }
  std::vector<MYSQL_BIND> binds;
  for (const Value& value : statement.values) binds.push_back(bound(value));
  if (!binds.empty() && driver().mysql_stmt_bind_param(handle, binds.data()) != 0)
    site::fail(handle);
  if (driver().mysql_stmt_execute(handle) != 0) site::fail(handle);
  std::vector<Row> rows;
  if (statement.columns == 0) return rows;
  Fetch fetch(handle, statement.columns);
  for (Row row; fetch.next(row); row.clear()) rows.push_back(std::move(row));
  return rows;
}

void MysqlConnection::run_text(const char* sql) {
  if (driver().mysql_query(connection_.get(), sql) != 0) fail();
}

void MysqlConnection::begin(Writer writer) {
  // The lock comes first: a transaction sees what was there at its first read.
  if (writer == Writer::alone) {
    const auto rows = run({kLock, {}, 1});
    is_locked_ = !rows.empty() && rows[0][0] == "1";
    if (!is_locked_) throw Failure(Failure::Kind::other, "somebody else writes for too long");
  }
  run_text("START TRANSACTION");
}

void MysqlConnection::unlock() {
  if (!is_locked_) return;
  is_locked_ = false;
  run_text(kUnlock);
}

void MysqlConnection::commit() {
  run_text("COMMIT");
  unlock();
}

void MysqlConnection::rollback() noexcept {
  try {
    run_text("ROLLBACK");
    unlock();
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction and the lock.
  }
}

bool MysqlConnection::wait_for_news(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
  return false;
}

}  // namespace xppkg::site
