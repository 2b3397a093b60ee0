#include "mysql_connection.hpp"

#include <array>
#include <map>
#include <thread>

#include "turn.hpp"

namespace xppkg::site {
namespace {

constexpr unsigned int kConnectSeconds = 5;
/// For each wait for the server. It gives up a statement before.
constexpr unsigned int kTimeoutSeconds = 30;
/// No method here reveals the password to the server.
constexpr const char* kWaysToLogIn = "mysql_native_password,client_ed25519,caching_sha2_password";
/// How long to wait for others, in seconds: a reader has another way, a releaser has time.
constexpr int kBriefly = 2;  // As in kSettings.
constexpr int kLong = 15;

/// Settings that a server or its administrator may have changed. The texts first: a server may
/// ignore what the handshake says of them. Only MariaDB reads text behind "/*M!". Strict mode cuts
/// or changes nothing silently, and gives no table another engine.
constexpr std::array kSettings{
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET SESSION autocommit = 1, completion_type = 0,"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
    " innodb_lock_wait_timeout = 2, lock_wait_timeout = 2, wait_timeout = 600,"
    " sql_safe_updates = 0, sql_select_limit = 18446744073709551615, sql_big_selects = 1,"
    " unique_checks = 1, default_storage_engine = 'InnoDB'"
    " /*M!100101 , max_statement_time = 20 */",
    // A writer that waited for another one takes its snapshot only then. Less would not go with
    // every kind of log.
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
};

/// Bytes of a statement beside the values that are bound to it, generously.
constexpr std::uint64_t kAroundValues = 4096;
/// A smaller statement goes through any server.
constexpr std::uint64_t kSmallStatement = 16 * 1024;

const MysqlDriver& driver() {
  return MysqlDriver::get();
}

struct Close {
  void operator()(MYSQL_STMT* statement) const { driver().mysql_stmt_close(statement); }
};
using Prepared = std::unique_ptr<MYSQL_STMT, Close>;

Failure::Kind kind_of_code(unsigned int code) {
  using Kind = Failure::Kind;
  static const std::map<unsigned int, Kind> kinds{
      {1142, Kind::rights},  // a table, a column, an administrator's statement, a routine
      {1143, Kind::rights},
      {1227, Kind::rights},
      {1370, Kind::rights},
      {1054, Kind::missing_table},  // a column, a table
      {1146, Kind::missing_table},
      {1053, Kind::lost},  // the server goes down, killed, gone, lost
      {1317, Kind::lost},
      {1927, Kind::lost},
      {2006, Kind::lost},
      {2013, Kind::lost},
      {2055, Kind::lost},
      {1213, Kind::conflict},  // a deadlock, a row that changed meanwhile, a row that is there
      {1020, Kind::conflict},
      {1062, Kind::conflict},
      {1044, Kind::login},  // a database, a user, a computer, a password that has expired
      {1045, Kind::login},
      {1049, Kind::login},
      {1130, Kind::login},
      {1129, Kind::login},
      {1698, Kind::login},
      {1820, Kind::login},
      {1862, Kind::login},
      {3118, Kind::login},
      {4151, Kind::login},
      {1251, Kind::login},  // a way to log in that we have not, or do not use
      {2059, Kind::login},
      {2061, Kind::login},
      {2026, Kind::tls},
      {3159, Kind::tls},
      {1040, Kind::busy},  // connections of all, of one user; his resources; a statement's time
      {1203, Kind::busy},
      {1226, Kind::busy},
      {1969, Kind::busy},
      {3024, Kind::busy},
      {1205, Kind::locked},
      {1021, Kind::full},
      {1114, Kind::full},
      {1690, Kind::damaged},  // a number, a text that is none or too large; tables
      {1264, Kind::damaged},
      {1292, Kind::damaged},
      {1356, Kind::damaged},
      {1034, Kind::damaged},
      {1194, Kind::damaged},
      {1195, Kind::damaged},
      {1712, Kind::damaged},
      {1932, Kind::damaged},
      {1036, Kind::read_only},
      {1792, Kind::read_only},
      {1836, Kind::read_only},
      {1874, Kind::read_only},
      {1115, Kind::encoding},
      {1273, Kind::encoding},
      {1366, Kind::encoding},
      {1153, Kind::packet},
      {1301, Kind::packet},
      {2020, Kind::packet},
      {1286, Kind::engine},
      {1071, Kind::keys},
      {1173, Kind::keys},
      {1709, Kind::keys},
      {3750, Kind::keys},
      {1193, Kind::session},  // a setting that is not known, or not ours to set
      {1229, Kind::session},
      {1231, Kind::session},
      {1238, Kind::session},
  };
  const auto found = kinds.find(code);
  if (found != kinds.end()) return found->second;
  // The driver's own errors are those of the way to the server.
  const bool is_drivers = (code >= 2000 && code < 2100) || (code >= 5000 && code < 5100);
  return is_drivers ? Kind::unreachable : Kind::refused;
}

/// One code is for all that an option of the server forbids; which one, only the text says.
Failure::Kind kind_of(unsigned int code, std::string_view text) {
  constexpr unsigned int kOptionForbids = 1290;
  if (code != kOptionForbids) return kind_of_code(code);
  const auto names = [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  if (names("ENGINE")) return Failure::Kind::engine;
  return names("read-only") || names("read_only") ? Failure::Kind::read_only
                                                  : Failure::Kind::refused;
}

[[noreturn]] void fail(MYSQL* handle) {
  const std::string cause = driver().mysql_error(handle);
  throw Failure(kind_of(driver().mysql_errno(handle), cause), cause);
}

[[noreturn]] void fail(MYSQL_STMT* statement) {
  const unsigned int code = driver().mysql_stmt_errno(statement);
  const std::string cause = driver().mysql_stmt_error(statement);
  // While rows are fetched, the driver tells of some errors only at the connection.
  const bool is_told = code != 0 && !cause.empty();
  MYSQL* handle = statement->mysql;
  if (is_told || handle == nullptr) throw Failure(kind_of(code, cause), cause);
  fail(handle);
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

/// The driver goes on without TLS if the server offers none.
void check_tls(MYSQL* handle, const ServerAddress& address) {
  const std::string mode = address.option("ssl-mode");
  const bool is_needed = mode == "required" || mode == "verify-identity";
  if (is_needed && driver().mysql_get_ssl_cipher(handle) == nullptr) {
    throw Failure(Failure::Kind::tls, "the server offers no TLS");
  }
}

void set_options(MYSQL* handle, const ServerAddress& address) {
  const unsigned int protocol = MYSQL_PROTOCOL_TCP;  // "localhost" would be a socket's file.
  const unsigned int no_files = 0;                   // The server could ask for any of ours.
  driver().mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  driver().mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
  driver().mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
  driver().mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &kTimeoutSeconds);
  driver().mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &kTimeoutSeconds);
  driver().mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kWaysToLogIn);
  driver().mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  set_tls(handle, address);
}

}  // namespace

MysqlConnection::MysqlConnection(ServerAddress address, std::string password)
    : address_(std::move(address)),
      password_(std::move(password)),
      connection_(driver().mysql_init(nullptr)) {
  if (!connection_) throw std::bad_alloc();
  MYSQL* handle = connection_.get();
  set_options(handle, address_);
  if (driver().mysql_real_connect(handle, address_.host.c_str(), address_.user.c_str(),
                                  password_.c_str(), address_.database.c_str(), address_.port,
                                  nullptr, 0) == nullptr) {
    const unsigned int code = driver().mysql_errno(handle);
    // Nobody can go on with a connection that never was.
    const std::string cause = driver().mysql_error(handle);
    const Failure::Kind kind = kind_of(code, cause);
    throw Failure(kind == Failure::Kind::lost ? Failure::Kind::unreachable : kind, cause);
  }
  check_tls(handle, address_);
  set_session();
}

void MysqlConnection::set_session() {
  try {
    for (const char* statement : kSettings) run_text(statement);
  } catch (const Failure& failure) {
    const bool is_refused = code_of(failure.kind()) != Code::database_unreachable;
    throw Failure(is_refused ? Failure::Kind::session : failure.kind(), failure.cause());
  }
}

void MysqlConnection::fail() {
  site::fail(connection_.get());
}

/// The server would end the connection in the middle of it, and not say why.
void MysqlConnection::check_packet(const Statement& statement) {
  std::uint64_t size = kAroundValues + statement.sql.size();
  for (const Value& value : statement.values) {
    if (const auto* bytes = std::get_if<ByteView>(&value)) size += bytes->size();
  }
  if (size <= kSmallStatement) return;
  if (!max_packet_) {
    const auto rows = run({"SELECT CAST(@@max_allowed_packet AS CHAR)", {}, 1});
    Fields fields(rows.at(0));
    max_packet_ = fields.number("max_allowed_packet");
  }
  if (size <= *max_packet_) return;
  throw Failure(Failure::Kind::packet, "max_allowed_packet is " + std::to_string(*max_packet_) +
                                           " bytes, at least " + std::to_string(size) +
                                           " are needed");
}

std::vector<Row> MysqlConnection::run(const Statement& statement) {
  if (!is_open_) wait_at_most(kBriefly);
  check_packet(statement);
  // Some of these cannot be prepared.
  if (statement.values.empty() && statement.columns == 0) {
    run_text(statement.sql.c_str());
    return {};
  }
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

void MysqlConnection::wait_at_most(int seconds) {
  if (seconds == waits_) return;
  const std::string time = std::to_string(seconds);
  const std::string sql =
      "SET SESSION innodb_lock_wait_timeout = " + time + ", lock_wait_timeout = " + time;
  run_text(sql.c_str());
  waits_ = seconds;
}

void MysqlConnection::begin(Writer writer) {
  wait_at_most(writer == Writer::in_passing ? kBriefly : kLong);
  run_text("START TRANSACTION READ WRITE");
  is_open_ = true;
  // First of all: a transaction's snapshot is that of its first read.
  if (writer != Writer::alone) return;
  take_turn(*this);
  guard();
}

void MysqlConnection::guard() {
  const auto rows = run({"SELECT CAST(connection_id() AS CHAR)", {}, 1});
  Fields fields(rows.at(0));
  guard_.emplace(address_, password_, std::to_string(fields.number("connection_id()")));
}

void MysqlConnection::commit() {
  run_text("COMMIT");
  guard_.reset();
  is_open_ = false;
}

void MysqlConnection::rollback() noexcept {
  is_open_ = false;
  guard_.reset();
  try {
    run_text("ROLLBACK");
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction.
  }
}

bool MysqlConnection::wait_for_news(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
  return false;
}

}  // namespace xppkg::site
