#include "sqlite_site.hpp"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Exception.h>

#include <array>
#include <mutex>

#include "xppkg/error.hpp"
#include "xppkg/version.hpp"

namespace xppkg::site {
namespace {

using Poco::Data::Session;
using namespace Poco::Data::Keywords;

constexpr int kBusySeconds = 15;

/// Migration N takes a schema of version N to N + 1. Shipped ones never change.
constexpr std::array kMigrations{
    "CREATE TABLE xppkg_decision ("
    " package TEXT NOT NULL,"
    " counter INTEGER NOT NULL,"
    " version TEXT NOT NULL,"
    " tree TEXT NOT NULL,"
    " decided_at TEXT NOT NULL,"
    " decided_by TEXT NOT NULL,"
    " workstation TEXT NOT NULL,"
    " previous TEXT NOT NULL,"
    " PRIMARY KEY (package, counter))",
    "ALTER TABLE xppkg_decision ADD COLUMN policy TEXT NOT NULL DEFAULT 'required'",
};
constexpr std::size_t kSchemaWithPolicy = 2;

void start_connector() {
  static std::once_flag once;
  std::call_once(once, [] { Poco::Data::SQLite::Connector::registerConnector(); });
}

/// A transaction that takes the write lock at once: SQLite's default would fail a reader that turns
/// into a writer, in spite of the busy timeout.
class WriteTransaction {
 public:
  explicit WriteTransaction(Session& session) : session_(session) {
    session_ << "BEGIN IMMEDIATE", now;
  }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction() {
    if (committed_) return;
    try {
      session_ << "ROLLBACK", now;
    } catch (const Poco::Exception&) {
      // The connection is gone, and with it the transaction.
    }
  }
  void commit() {
    session_ << "COMMIT", now;
    committed_ = true;
  }

 private:
  Session& session_;
  bool committed_ = false;
};

class SqliteSite final : public SiteDatabase {
 public:
  explicit SqliteSite(fs::Path file) : file_(std::move(file)), session_(open()) {}

  void migrate() {
    translated([&] {
      WriteTransaction transaction(session_);
      std::size_t version = schema();
      if (version > kMigrations.size()) refuse_newer(version);
      for (; version < kMigrations.size(); ++version) session_ << kMigrations[version], now;
      session_ << "CREATE TABLE IF NOT EXISTS xppkg_schema (version INTEGER NOT NULL)", now;
      session_ << "DELETE FROM xppkg_schema", now;
      Poco::Int64 newest = static_cast<Poco::Int64>(version);
      session_ << "INSERT INTO xppkg_schema (version) VALUES (?)", use(newest), now;
      transaction.commit();
      schema_ = version;
    });
  }

  void check_schema() {
    translated([&] {
      schema_ = schema();
      if (schema_ > kMigrations.size()) refuse_newer(schema_);
    });
  }

  std::optional<Decision> current(const std::string& package) override {
    std::optional<Decision> found;
    if (schema_ == 0) check_schema();  // Somebody may have decided since.
    if (schema_ == 0) return found;
    translated([&] { found = newest(package); });
    return found;
  }

  bool decide(const Decision& decision) override {
    bool written = false;
    translated([&] {
      WriteTransaction transaction(session_);
      const auto last = newest(decision.package);
      if ((last ? last->counter : 0) + 1 != decision.counter) return;
      insert(decision);
      transaction.commit();
      written = true;
    });
    return written;
  }

 private:
  Session open() {
    start_connector();
    std::optional<Session> session;
    translated([&] { session.emplace("SQLite", fs::to_utf8(file_), kBusySeconds); });
    return *session;
  }

  std::size_t schema() {
    int tables = 0;
    session_ << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'xppkg_schema'",
        into(tables), now;
    if (tables == 0) return 0;
    Poco::Int64 version = 0;
    std::string type;
    session_ << "SELECT typeof(max(version)), coalesce(max(version), 0) FROM xppkg_schema",
        into(type), into(version), now;
    if (type != "integer" || version == 0) damaged("a schema without a version");
    return static_cast<std::size_t>(version);
  }

  std::optional<Decision> newest(const std::string& package) {
    Decision decision;
    Poco::Int64 counter = 0;
    std::string tree;
    std::string at;
    std::string wanted = package;
    std::string policy;
    // A reader migrates nothing: an older schema is read as it is.
    const char* column = schema_ < kSchemaWithPolicy ? "'required'" : "policy";
    Poco::Data::Statement select(session_);
    select << "SELECT counter, version, tree, decided_at, decided_by, workstation, previous, "
           << column << " FROM xppkg_decision WHERE package = ? ORDER BY counter DESC LIMIT 1",
        use(wanted), into(counter), into(decision.version), into(tree), into(at),
        into(decision.who), into(decision.workstation), into(decision.previous), into(policy);
    if (select.execute() == 0) return std::nullopt;
    if (counter <= 0) damaged("a counter below 1");
    decision.package = package;
    decision.counter = static_cast<std::uint64_t>(counter);
    Version::parse(decision.version);
    decision.tree = Blake2b::from_hex(tree);
    decision.at = trust::parse_time(at);
    const auto known = policy_of(policy);
    if (!known) damaged("a policy that is none");
    decision.policy = *known;
    return decision;
  }

  void insert(const Decision& decision) {
    Decision row = decision;
    Poco::Int64 counter = static_cast<Poco::Int64>(decision.counter);
    std::string tree = decision.tree.hex();
    std::string at = trust::format_time(decision.at);
    std::string policy(id(decision.policy));
    session_ << "INSERT INTO xppkg_decision (package, counter, version, tree, decided_at,"
                " decided_by, workstation, previous, policy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        use(row.package), use(counter), use(row.version), use(tree), use(at), use(row.who),
        use(row.workstation), use(row.previous), use(policy), now;
  }

  void refuse_newer(std::size_t version) {
    throw Error(Code::database_newer, {{"database", fs::to_utf8(file_)},
                                       {"schema", std::to_string(version)},
                                       {"known", std::to_string(kMigrations.size())}});
  }

  [[noreturn]] void damaged(const std::string& cause) {
    throw Error(Code::database_unreachable, {{"database", fs::to_utf8(file_)}, {"cause", cause}});
  }

  /// Poco's exceptions, and rows that hold nonsense, end at this room's edge.
  template <typename Work>
  void translated(const Work& work) {
    try {
      work();
    } catch (const Poco::Exception& error) {
      damaged(error.displayText());
    } catch (const Error& error) {
      const bool is_nonsense =
          error.code() == Code::trust_malformed || error.code() == Code::usage_invalid;
      if (is_nonsense) damaged(error.what());
      throw;
    }
  }

  fs::Path file_;
  Session session_;
  std::size_t schema_ = 0;  ///< 0: none yet, nothing was decided
};

}  // namespace

std::unique_ptr<SiteDatabase> open_sqlite(const fs::Path& file, Missing missing,
                                          fs::FileSystem& disk) {
  if (!disk.stat(file) && missing == Missing::is_unreachable) {
    throw Error(Code::database_unreachable,
                {{"database", fs::to_utf8(file)}, {"cause", "there is no such file"}});
  }
  auto site = std::make_unique<SqliteSite>(file);
  if (missing == Missing::is_created) {
    site->migrate();
  } else {
    site->check_schema();
  }
  return site;
}

}  // namespace xppkg::site
