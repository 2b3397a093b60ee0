#include "postgresql_connection.hpp"

#include <algorithm>
#include <array>

namespace xppkg::site {
namespace {

using std::chrono::milliseconds;

/// The server gives up a statement before we give up the server.
constexpr const char* kServerLimits = "-c statement_timeout=20s -c lock_timeout=15s";
constexpr milliseconds kPatience{30'000};
constexpr const char* kConnectSeconds = "5";
/// Transactions that must not run beside each other hold this lock of the database.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(8675210947112)";

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

Failure::Kind kind_of(std::string_view state) {
  using Kind = Failure::Kind;
  if (state == "42501") return Kind::rights;
  if (state == "42P01" || state == "42703") return Kind::missing_table;
  // The server goes down, or the session was ended; a deadlock.
  if (state.starts_with("08") || state.starts_with("57P") || state == "40P01") return Kind::lost;
  return Kind::other;
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
                                 "options",
                                 "connect_timeout",
                                 "client_encoding",
                                 "application_name"};
  std::vector<const char*> values{address.host.c_str(),
                                  port.c_str(),
                                  address.user.c_str(),
                                  password.c_str(),
                                  address.database.c_str(),
                                  kServerLimits,
                                  kConnectSeconds,
                                  "UTF8",
                                  "xppkg"};
  for (const auto& [name, value] : address.options) {
    if (name == "password-file") continue;
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(pq_.PQconnectdbParams(names.data(), values.data(), 0));
  if (!connection_ || pq_.PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Failure(Failure::Kind::other, one_line(pq_.PQerrorMessage(connection_.get())));
  }
  // By default they go to the standard error output of whoever uses us.
  pq_.PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  if (pq_.PQsetnonblocking(connection_.get(), 1) != 0) fail_lost();
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

/// The last result of what was sent. A server that falls silent is given up.
PostgresqlConnection::Result PostgresqlConnection::receive() {
  PGconn* connection = connection_.get();
  const auto wait_for = [&](SocketEvent event) {
    if (!wait(event, kPatience)) {
      throw Failure(Failure::Kind::other, "the server does not answer");
    }
    if (pq_.PQconsumeInput(connection) == 0) fail_lost();
  };
  for (int left = pq_.PQflush(connection); left != 0; left = pq_.PQflush(connection)) {
    if (left < 0) fail_lost();
    wait_for(SocketEvent::readable_or_writable);
  }
  for (Result last;;) {
    while (pq_.PQisBusy(connection) != 0) wait_for(SocketEvent::readable);
    Result next(pq_.PQgetResult(connection));
    if (!next) return last;
    // Of several results, an error counts.
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

void PostgresqlConnection::begin(Writer writer) {
  if (writer == Writer::among_others) {
    // What comes later and is waited for makes it durable too: the server writes in order.
    return run_all("BEGIN; SET LOCAL synchronous_commit TO off");
  }
  run_all("BEGIN");
  run({kLock});
}

void PostgresqlConnection::commit() {
  run_all("COMMIT");
}

void PostgresqlConnection::rollback() noexcept {
  try {
    run_all("ROLLBACK");
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction.
  }
}

bool PostgresqlConnection::wait_for_news(milliseconds time) {
  const auto has_news = [&] {
    bool is_told = false;
    while (PGnotify* news = pq_.PQnotifies(connection_.get())) {
      pq_.PQfreemem(news);
      is_told = true;
    }
    return is_told;
  };
  if (!listens_) {
    run({"LISTEN xppkg_decision"});
    listens_ = true;
    return true;  // Somebody may have decided just before.
  }
  if (has_news()) return true;
  if (wait(SocketEvent::readable, time) && pq_.PQconsumeInput(connection_.get()) == 0) fail_lost();
  return has_news();
}

}  // namespace xppkg::site
