#include "postgresql_connection.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "turn.hpp"

namespace xppkg::site {
namespace {

using std::chrono::milliseconds;

/// The server gives up a statement before we give up the server.
constexpr milliseconds kTimeout{30'000};
constexpr const char* kConnectSeconds = "5";
constexpr std::chrono::seconds kConnectTime{4};
/// How long to wait for others: a reader has another way, a releaser has time.
constexpr const char* kBriefly = "2s";
constexpr const char* kLong = "15s";
/// The polling interval where nobody notifies.
constexpr std::chrono::seconds kAskAgain{3};

/// Settings that a server, a database or a user may have changed. They are set anew in each
/// transaction, not in the session, and not by startup parameters: poolers refuse those, and share
/// sessions.
constexpr const char* kSettings =
    "SET LOCAL idle_in_transaction_session_timeout TO '60s';"
    "SET LOCAL TimeZone TO 'UTC';"
    "SET LOCAL standard_conforming_strings TO on;"
    "SET LOCAL row_security TO off;"
    "SELECT pg_catalog.set_config('transaction_timeout', '0', true)"
    " WHERE pg_catalog.current_setting('transaction_timeout', true) <> '0';"
    "SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
    " WHERE pg_catalog.current_setting('synchronous_commit') = 'off';";

/// Temporary tables come last: in a session that is shared, another one may have left some. Tables
/// are also searched in "public" if a user's own path lacks them.
constexpr const char* kSearchPath =
    "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ',"
    " (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ')"
    " FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) s"
    " WHERE pg_catalog.left(s::text, 3) <> 'pg_'), 'public', 'pg_temp'), true);";

/// The name of a schema holds no quotation mark: address.cpp.
std::string search_path(const std::string& schema) {
  if (schema.empty()) return kSearchPath;
  return "SET LOCAL search_path TO \"" + schema + "\", pg_temp;";
}

/// "?" becomes "$1", "$2" and so on. No text of ours has another "?".
std::string numbered(const std::string& sql) {
  std::string result;
  int number = 0;
  for (const char c : sql) result += c == '?' ? "$" + std::to_string(++number) : std::string(1, c);
  return result;
}

/// Values as libpq takes them.
struct Parameters {
  explicit Parameters(const std::vector<Value>& bound) {
    texts.reserve(bound.size());
    for (const Value& value : bound) {
      const auto* bytes = std::get_if<ByteView>(&value);
      if (bytes != nullptr) {
        add(reinterpret_cast<const char*>(bytes->data()), bytes->size(), true);
        // A null pointer would be NULL.
        if (bytes->empty()) values.back() = "";
        continue;
      }
      const auto* number = std::get_if<std::int64_t>(&value);
      const std::string& text = texts.emplace_back(
          number != nullptr ? std::to_string(*number) : std::get<std::string>(value));
      add(text.c_str(), text.size(), false);
    }
  }
  void add(const char* value, std::size_t size, bool is_binary) {
    values.push_back(value);
    sizes.push_back(static_cast<int>(size));
    formats.push_back(is_binary ? 1 : 0);
  }

  std::vector<std::string> texts;
  std::vector<const char*> values;
  std::vector<int> sizes;
  std::vector<int> formats;
};

/// The kind of failure of a database that answered, by the five characters of SQLSTATE.
Failure::Kind kind_of(std::string_view state) {
  using Kind = Failure::Kind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 28> kinds{{
      {"25P03", Kind::lost},           // idle for too long, by the server's rules
      {"25P04", Kind::lost},           //
      {"57014", Kind::busy},           // gave up the statement
      {"57P03", Kind::busy},           // starts, stops, recovers
      {"55P03", Kind::locked},         //
      {"25006", Kind::read_only},      // a copy; a default of the transaction
      {"0A000", Kind::read_only},      // a copy cannot be made writable
      {"42501", Kind::rights},         //
      {"42P01", Kind::missing_table},  // a table, a column
      {"42703", Kind::missing_table},
      {"22P02", Kind::damaged},  // columns of another type than ours
      {"42804", Kind::damaged},
      {"42883", Kind::damaged},
      {"3F000", Kind::search_path},  // no schema to make tables in
      {"22P05", Kind::encoding},     // no such character in the database
      {"22021", Kind::encoding},
      {"3D000", Kind::login},
      {"53100", Kind::full},
      {"42P07", Kind::conflict},  // somebody makes the same tables
      {"23505", Kind::conflict},
      {"42704", Kind::session},  // a setting that is not known
      {"22023", Kind::session},
      {"08P01", Kind::session},  // a pooler that refuses what a connection brings
      {"57P", Kind::lost},       // goes down, or the session was ended
      {"08", Kind::lost},
      {"28", Kind::login},
      {"40", Kind::conflict},
      {"53", Kind::busy},
  }};
  for (const auto& [prefix, kind] : kinds) {
    if (state.starts_with(prefix)) return kind;
  }
  return state.starts_with("XX") ? Kind::damaged : Kind::refused;
}

/// SQLSTATE in a verbose message, "FATAL:  28P01: password …"; empty: nobody answered.
std::string_view state_in(std::string_view message) {
  constexpr std::size_t kSize = 5;
  constexpr std::string_view kBefore = ":  ";
  for (std::size_t at = message.find(kBefore); at != std::string_view::npos;
       at = message.find(kBefore, at + 1)) {
    const std::string_view state = message.substr(at + kBefore.size(), kSize);
    const std::string_view after = message.substr(at + kBefore.size() + state.size());
    const bool is_state = std::ranges::all_of(
        state, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
    if (state.size() == kSize && is_state && after.starts_with(":")) return state;
  }
  return {};
}

bool is_about_tls(std::string_view message) {
  return message.find("SSL") != std::string_view::npos ||
         message.find("certificate") != std::string_view::npos;
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

PostgresqlConnection::PostgresqlConnection(const ServerAddress& address,
                                           const std::string& password)
    : pq_(PostgresqlDriver::get()) {
  const std::string port = std::to_string(address.port);
  std::vector<const char*> names{"host",
                                 "port",
                                 "user",
                                 "password",
                                 "dbname",
                                 "connect_timeout",
                                 "client_encoding",
                                 "application_name"};
  std::vector<const char*> values{address.host.c_str(),
                                  port.c_str(),
                                  address.user.c_str(),
                                  password.c_str(),
                                  address.database.c_str(),
                                  kConnectSeconds,
                                  "UTF8",
                                  "xppkg"};
  for (const auto& [name, value] : address.options) {
    if (name == "password-file" || name == "schema") continue;
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  connection_.reset(pq_.PQconnectdbParams(names.data(), values.data(), 0));
  if (!connection_) throw std::bad_alloc();
  if (pq_.PQstatus(connection_.get()) != CONNECTION_OK) {
    fail_to_connect(std::chrono::steady_clock::now() - begin >= kConnectTime);
  }
  settings_ = search_path(address.option("schema")) + kSettings + encoding();
  // The driver would print them on the application's standard error output.
  pq_.PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  if (pq_.PQsetnonblocking(connection_.get(), 1) != 0) fail_lost();
}

/// The driver reports a refusal only in words; a second attempt with verbose messages reports the
/// SQLSTATE as well.
void PostgresqlConnection::fail_to_connect(bool was_silent) {
  const std::string cause = one_line(pq_.PQerrorMessage(connection_.get()));
  if (is_about_tls(cause)) throw Failure(Failure::Kind::tls, cause);
  if (was_silent) throw Failure(Failure::Kind::unreachable, cause);
  pq_.PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  pq_.PQreset(connection_.get());
  const std::string verbose = pq_.PQerrorMessage(connection_.get());
  const std::string_view state = state_in(verbose);
  if (state.empty()) throw Failure(Failure::Kind::unreachable, cause);
  const Failure::Kind kind = kind_of(state);
  const bool is_refused = kind == Failure::Kind::rights;
  throw Failure(is_refused ? Failure::Kind::login : kind, cause);
}

/// A database without an encoding sends bytes as they are, and a single bad row would make it
/// refuse a conversion to UTF-8. Text that is not UTF-8 is therefore found on this side.
std::string PostgresqlConnection::encoding() {
  const char* server = pq_.PQparameterStatus(connection_.get(), "server_encoding");
  const bool has_none = server != nullptr && std::string_view(server) == "SQL_ASCII";
  return std::string("SET LOCAL client_encoding TO ") + (has_none ? "SQL_ASCII;" : "UTF8;");
}

void PostgresqlConnection::fail_lost() {
  throw Failure(Failure::Kind::lost, one_line(pq_.PQerrorMessage(connection_.get())));
}

bool PostgresqlConnection::wait(SocketEvent event, milliseconds time) {
  return wait_for_socket(pq_.PQsocket(connection_.get()), event, time);
}

void PostgresqlConnection::send(const Statement& statement) {
  const Parameters parameters(statement.values);
  const int is_sent = pq_.PQsendQueryParams(connection_.get(), numbered(statement.sql).c_str(),
                                            static_cast<int>(parameters.values.size()), nullptr,
                                            parameters.values.data(), parameters.sizes.data(),
                                            parameters.formats.data(), 1);
  if (is_sent == 0) fail_lost();
}

/// The last result of the statements sent. A server that falls silent is given up.
PostgresqlConnection::Result PostgresqlConnection::receive() {
  PGconn* connection = connection_.get();
  const auto wait_for = [&](SocketEvent event) {
    if (!wait(event, kTimeout)) {
      throw Failure(Failure::Kind::unreachable, "the server does not answer");
    }
    if (pq_.PQconsumeInput(connection) == 0) fail_lost();
    drop_news();
  };
  for (int left = pq_.PQflush(connection); left != 0; left = pq_.PQflush(connection)) {
    if (left < 0) fail_lost();
    wait_for(SocketEvent::readable_or_writable);
  }
  for (Result last;;) {
    while (pq_.PQisBusy(connection) != 0) wait_for(SocketEvent::readable);
    Result next(pq_.PQgetResult(connection));
    if (!next) return last;
    // An error counts before any other result.
    if (!last || pq_.PQresultStatus(last.get()) != PGRES_FATAL_ERROR) last = std::move(next);
  }
}

void PostgresqlConnection::check(const Result& result) {
  const ExecStatusType status = result ? pq_.PQresultStatus(result.get()) : PGRES_FATAL_ERROR;
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  const char* state = result ? pq_.PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr;
  if (state == nullptr || pq_.PQstatus(connection_.get()) != CONNECTION_OK) fail_lost();
  const char* message = pq_.PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
  throw Failure(kind_of(state), one_line(message == nullptr ? state : message));
}

std::vector<Row> PostgresqlConnection::run(const Statement& statement) {
  if (is_open_) return run_alone(statement);
  begin_with("READ ONLY", kBriefly);
  try {
    auto rows = run_alone(statement);
    commit();
    return rows;
  } catch (const Failure&) {
    rollback();
    throw;
  }
}

std::vector<Row> PostgresqlConnection::run_alone(const Statement& statement) {
  send(statement);
  const Result result = receive();
  check(result);
  std::vector<Row> rows(static_cast<std::size_t>(pq_.PQntuples(result.get())));
  const int columns = std::min(pq_.PQnfields(result.get()), static_cast<int>(statement.columns));
  for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
    for (int column = 0; column < columns; ++column) {
      auto& field = rows[static_cast<std::size_t>(i)].emplace_back();
      if (pq_.PQgetisnull(result.get(), i, column) != 0) continue;
      field.emplace(pq_.PQgetvalue(result.get(), i, column),
                    static_cast<std::size_t>(pq_.PQgetlength(result.get(), i, column)));
    }
  }
  return rows;
}

void PostgresqlConnection::run_all(const char* sql) {
  if (pq_.PQsendQuery(connection_.get(), sql) == 0) fail_lost();
  check(receive());
}

// Isolation: who waited for another's end has to see what he wrote.
void PostgresqlConnection::begin_with(const char* access, const char* timeout) {
  // The time of a statement first, as it counts for the settings too.
  const std::string sql = std::string("BEGIN ISOLATION LEVEL READ COMMITTED ") + access +
                          "; SET LOCAL statement_timeout TO '20s'; SET LOCAL lock_timeout TO '" +
                          timeout + "';" + settings_;
  run_all(sql.c_str());
  is_open_ = true;
}

void PostgresqlConnection::begin(Writer writer) {
  begin_with("READ WRITE", writer == Writer::in_passing ? kBriefly : kLong);
  if (writer == Writer::alone) return take_turn(*this);
  if (writer == Writer::of_tables) check_schema();
  // A later commit that is waited for makes it durable too: the server writes in order.
  if (writer == Writer::among_others) run_all("SET LOCAL synchronous_commit TO off");
}

// Tables would be made in the schema of temporary ones if no other of the path exists.
void PostgresqlConnection::check_schema() {
  const auto rows = run_alone({"SELECT pg_catalog.current_schema()::text", {}, 1});
  const auto& schema = rows.at(0).at(0);
  if (!schema || schema->starts_with("pg_temp")) {
    throw Failure(Failure::Kind::search_path, "there is no schema to make tables in");
  }
}

void PostgresqlConnection::commit() {
  run_all("COMMIT");
  is_open_ = false;
}

void PostgresqlConnection::rollback() noexcept {
  is_open_ = false;
  try {
    run_all("ROLLBACK");
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction.
  }
}

// Behind a pooler the session has another number than the one that the connection got at its start:
// a LISTEN would be for another client. A replica refuses LISTEN.
bool PostgresqlConnection::has_to_ask() {
  const auto rows = run({"SELECT pg_backend_pid()::text", {}, 1});
  if (rows.at(0).at(0) != std::to_string(pq_.PQbackendPID(connection_.get()))) return true;
  try {
    run({"LISTEN xppkg_decision"});
  } catch (const Failure& failure) {
    if (failure.kind() == Failure::Kind::lost) throw;
    return true;
  }
  return false;
}

// Each user of the database can send notifications without end, of 8000 bytes each, and the driver
// would keep them.
void PostgresqlConnection::drop_news() {
  while (PGnotify* news = pq_.PQnotifies(connection_.get())) {
    pq_.PQfreemem(news);
    is_told_ = true;
  }
}

bool PostgresqlConnection::wait_for_news(milliseconds time) {
  const auto has_news = [&] {
    drop_news();
    return std::exchange(is_told_, false);
  };
  const auto now = std::chrono::steady_clock::now();
  if (!listens_) {
    asks_ = has_to_ask();
    listens_ = true;
    ask_at_ = now + kAskAgain;
    return true;  // Somebody may have decided just before.
  }
  const bool is_time = asks_ && now >= ask_at_;
  if (is_time) ask_at_ = now + kAskAgain;
  if (is_time || has_news()) return true;
  if (wait(SocketEvent::readable, time) && pq_.PQconsumeInput(connection_.get()) == 0) fail_lost();
  return has_news();
}

}  // namespace xppkg::site
