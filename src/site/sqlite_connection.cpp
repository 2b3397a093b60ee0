#include "sqlite_connection.hpp"

#include <fmt/format.h>

#include <cctype>

#include "fs/files.hpp"
#include "fs/system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

/// How long somebody else may lock the file.
constexpr std::chrono::milliseconds kBusy{15'000};
/// The same for work that can be left undone.
constexpr std::chrono::milliseconds kBusyInPassing{500};
/// How often a statement's deadline is looked at, in steps of SQLite's machine. Short statements
/// never are.
constexpr int kSteps = 10'000;
/// The longest value or row in bytes that a statement may make or load: a part, and some more.
constexpr int kMaxValue = 4 * 1024 * 1024;

/// Values stay where they are until the statement has run.
int bind(sqlite3_stmt* statement, int at, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, at, *number);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  const ByteView bytes = std::get<ByteView>(value);
  // A null pointer would be NULL.
  if (bytes.empty()) return sqlite3_bind_zeroblob(statement, at, 0);
  return sqlite3_bind_blob64(statement, at, bytes.data(), bytes.size(), SQLITE_STATIC);
}

std::optional<std::string> field(sqlite3_stmt* statement, int column) {
  if (sqlite3_column_type(statement, column) == SQLITE_NULL) return std::nullopt;
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  if (bytes == nullptr) return std::string();
  return std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

/// Of a file's header: the version that who reads has to know, and that of files in WAL mode.
constexpr std::uint64_t kReadVersionAt = 19;
constexpr std::uint8_t kWalVersion = 2;

/// The path of a "file:" address.
std::string as_uri(const std::string& path) {
  std::string uri = path.starts_with('/') ? "" : "/";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

bool is_missing(const std::string& cause) {
  return cause.find("no such table") != std::string::npos ||
         cause.find("no such column") != std::string::npos;
}

Row row_of(sqlite3_stmt* statement, std::size_t columns) {
  Row row;
  for (std::size_t i = 0; i < columns; ++i) row.push_back(field(statement, static_cast<int>(i)));
  return row;
}

const char kOneFile[] = "xppkg-one-file";

int open_one_file(sqlite3_vfs* /*files*/, const char* name, sqlite3_file* file, int flags,
                  int* flags_out) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_MASTER_JOURNAL) != 0) return SQLITE_CANTOPEN;
  sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
  return usual->xOpen(usual, name, file, flags, flags_out);
}

/// The usual access to files, but to those of one database only: the journal beside a file may name
/// another one that SQLite removes then, and whoever may write there can lay one beside it.
const char* access_to_one_file() {
  static sqlite3_vfs files = [] {
    sqlite3_vfs made = *sqlite3_vfs_find(nullptr);
    made.zName = kOneFile;
    made.pNext = nullptr;
    made.xOpen = open_one_file;
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&files, /*makeDflt=*/0);
  return registered == SQLITE_OK ? kOneFile : nullptr;
}

}  // namespace

SqliteConnection::SqliteConnection(fs::Path file, Missing missing,
                                   std::chrono::milliseconds timeout, fs::FileSystem& disk)
    : file_(std::move(file)), timeout_(timeout), disk_(disk) {
  open(missing);
  limit_statements();
  try {
    distrust();
  } catch (const Failure&) {
    if (!is_locked_out()) throw;
    open_unchanging();
    limit_statements();
    distrust();
  }
}

void SqliteConnection::open(Missing missing) {
  const int create = missing == Missing::is_created ? SQLITE_OPEN_CREATE : 0;
  if (create != 0) make_readable();
  open_with(fs::to_utf8(file_), SQLITE_OPEN_READWRITE | create);
}

void SqliteConnection::open_with(const std::string& name, int flags) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(name.c_str(), &opened, flags, access_to_one_file());
  connection_.reset(opened);  // There is one also after most failures, to tell of them.
  if (!connection_) throw std::bad_alloc();
  check(status);
  sqlite3_busy_timeout(opened, static_cast<int>(kBusy.count()));
}

// An empty file is an empty database. SQLite itself would make one that the umask may close to all
// workstations but this one.
void SqliteConnection::make_readable() {
  try {
    if (!disk_.stat(file_)) disk_.append(file_);
  } catch (const Error&) {
    // SQLite tells why, in its own way.
  }
}

/// Readers of a file in WAL mode share an index beside it, which the first of them makes.
bool SqliteConnection::is_locked_out() {
  const int status = sqlite3_errcode(connection_.get()) & 0xff;
  const bool is_theirs = status == SQLITE_CANTOPEN || status == SQLITE_READONLY;
  return is_theirs && may_read() && !may_make_journal() && is_in_wal_mode();
}

bool SqliteConnection::is_in_wal_mode() {
  try {
    const auto file = disk_.open_read(file_);
    Bytes version(1);
    file->read_at(kReadVersionAt, version);
    return version.front() == kWalVersion;
  } catch (const Error&) {
    return false;
  }
}

void SqliteConnection::open_unchanging() {
  if (has_log()) {
    throw Failure(Failure::Kind::unfinished, "what is in " + fs::to_utf8(log_file().filename()) +
                                                 " has to be written into the file first");
  }
  unchanging_ = disk_.stat(file_);
  open_with("file://" + as_uri(fs::to_utf8(file_)) + "?immutable=1",
            SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

fs::Path SqliteConnection::log_file() const {
  fs::Path log = file_;
  log += "-wal";
  return log;
}

bool SqliteConnection::has_log() const {
  const auto log = disk_.stat(log_file());
  return log && log->size > 0;
}

void SqliteConnection::check_unchanged() {
  if (!unchanging_) return;
  const auto now = disk_.stat(file_);
  const bool is_same =
      now && now->size == unchanging_->size && now->modified_ns == unchanging_->modified_ns;
  if (!is_same || has_log()) throw Failure(Failure::Kind::lost, "the file was changed meanwhile");
}

void SqliteConnection::limit_statements() {
  sqlite3_limit(connection_.get(), SQLITE_LIMIT_LENGTH, kMaxValue);
  sqlite3_progress_handler(connection_.get(), kSteps, &is_late, this);
}

int SqliteConnection::is_late(void* connection) {
  return Clock::now() >= static_cast<SqliteConnection*>(connection)->deadline_ ? 1 : 0;
}

void SqliteConnection::distrust() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  const auto encoding = run({"PRAGMA encoding", {}, 1});
  if (encoding.at(0).at(0) != "UTF-8") {
    throw Failure(Failure::Kind::encoding,
                  "the file's texts are " + encoding[0][0].value_or("") + ", not UTF-8");
  }
  const auto foreign =
      run({"SELECT '1' FROM sqlite_master WHERE (name LIKE 'xppkg%' OR tbl_name LIKE 'xppkg%')"
           " AND (type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%') LIMIT 1",
           {},
           1});
  if (!foreign.empty()) {
    refuse_tables("a view, a trigger or a virtual table stands in place of a table");
  }
}

SqliteConnection::Prepared SqliteConnection::prepare(const Statement& statement) {
  sqlite3_stmt* prepared = nullptr;
  check(sqlite3_prepare_v2(connection_.get(), statement.sql.data(),
                           static_cast<int>(statement.sql.size()), &prepared, nullptr));
  return Prepared(prepared);
}

std::vector<Row> SqliteConnection::run(const Statement& statement) {
  deadline_ = Clock::now() + timeout_;
  const Prepared prepared = prepare(statement);
  int at = 0;
  for (const Value& value : statement.values) check(bind(prepared.get(), ++at, value));
  std::vector<Row> rows;
  for (;;) {
    const int status = sqlite3_step(prepared.get());
    if (status == SQLITE_DONE) break;
    if (status != SQLITE_ROW) fail(status);
    rows.push_back(row_of(prepared.get(), statement.columns));
  }
  check_unchanged();
  return rows;
}

void SqliteConnection::begin(Writer writer) {
  const auto timeout = writer == Writer::in_passing ? kBusyInPassing : kBusy;
  sqlite3_busy_timeout(connection_.get(), static_cast<int>(timeout.count()));
  run({"BEGIN IMMEDIATE"});
}

void SqliteConnection::rollback() noexcept {
  try {
    run({"ROLLBACK"});
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction.
  }
}

bool SqliteConnection::wait_for_news(std::chrono::milliseconds time) {
  disk_.pause(time);
  return false;
}

void SqliteConnection::check(int status) {
  if (status != SQLITE_OK) fail(status);
}

void SqliteConnection::fail(int status) {
  const std::string cause = sqlite3_errmsg(connection_.get());
  const bool is_busy = (status & 0xff) == SQLITE_BUSY;
  const int extended = sqlite3_extended_errcode(connection_.get());
  // Somebody died while he wrote, and we may not tidy up behind him.
  const bool is_unfinished =
      extended == SQLITE_READONLY_ROLLBACK || extended == SQLITE_READONLY_RECOVERY;
  throw Failure(is_unfinished ? Failure::Kind::unfinished : kind_of(status, cause),
                is_busy ? cause + held_by() : cause);
}

/// Any reader of the file can lock it, so the holder is named.
std::string SqliteConnection::held_by() {
  auto others = disk_.holders(file_);
  std::erase_if(others,
                [](const fs::Holder& holder) { return holder.pid == fs::process_number(); });
  return others.empty() ? std::string() : " by " + fs::to_text(others);
}

Failure::Kind SqliteConnection::kind_of(int status, const std::string& cause) {
  using Kind = Failure::Kind;
  switch (status & 0xff) {
    case SQLITE_READONLY:
      // It says so, too, of a file that was removed or replaced.
      return disk_.stat(file_).has_value() ? Kind::rights : Kind::lost;
    case SQLITE_CANTOPEN:
      return may_read() && may_make_journal() ? Kind::unreachable : Kind::rights;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Kind::locked;
    case SQLITE_FULL:
      return Kind::full;
    case SQLITE_INTERRUPT:
      return Kind::busy;
    case SQLITE_ERROR:
      return is_missing(cause) ? Kind::missing_table : Kind::damaged;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return Kind::damaged;
    default:
      return may_read() ? Kind::unreachable : Kind::rights;
  }
}

/// It lies beside the file. A folder that is not there refuses nothing.
bool SqliteConnection::may_make_journal() {
  const fs::Path folder = file_.parent_path();
  return disk_.may_write(folder) || !disk_.stat(folder);
}

bool SqliteConnection::may_read() {
  try {
    disk_.open_read(file_);
  } catch (const Error& error) {
    return error.code() != Code::rights_denied;
  }
  return true;
}

}  // namespace xppkg::site
