#pragma once

#include "connection.hpp"
#include "site/site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {

/// A site's database that speaks SQL. The connection is made by the first call that needs one.
class SqlSite final : public SiteDatabase {
 public:
  explicit SqlSite(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

  /// Throws Error like any other call.
  std::uint64_t migrate(const std::string& site);
  /// Connects, if need be.
  void check();

  SiteState read(const std::string& package, const std::string& workstation) override;
  std::vector<DecisionRow> decisions(const std::string& package, std::size_t limit,
                                     std::uint64_t below = kMaxCounter + 1) override;
  std::vector<DecisionRow> history(const std::string& package, std::size_t limit,
                                   std::size_t of_one) override;
  Decided decide(const Decision& decision, std::span<const StoredFile> files,
                 std::optional<std::uint64_t> expected = {}) override;

  std::vector<StoredFile> files(const std::string& package, std::uint64_t counter) override;
  std::optional<StoredFile> find(const std::string& package, std::uint64_t counter,
                                 const std::string& path) override;
  std::uint64_t stored_parts(const Sha256& digest) override;
  void store_part(const Sha256& digest, std::uint64_t index, ByteView bytes) override;
  bool complete(const Sha256& digest, std::uint64_t size, trust::Time now) override;
  void discard(const Sha256& digest) override;
  Bytes part(const Sha256& digest, std::uint64_t index) override;
  void prune(const std::string& package, std::uint64_t oldest_kept, trust::Time now) override;

  void report(const Workstation& workstation) override;
  void answer(const std::string& package, const std::string& workstation,
              const Answer& answer) override;
  std::vector<Workstation> workstations(const std::string& package) override;
  std::vector<VersionInUse> versions_in_use(const std::string& package, trust::Time since) override;

  std::optional<Decision> wait_for_decision(
      const std::string& package, std::uint64_t counter, std::chrono::milliseconds time,
      const std::function<bool()>& stop,
      const std::function<std::optional<Decision>()>& newest = {}) override;

 private:
  /// Whether work may be retried on a new connection after the old one was lost.
  enum class Again { yes, no };

  /// Runs work on the connection; ends each Failure as an Error, and the connection with it.
  template <typename Work>
  auto on_connection(Again again, const Work& work);
  Connection& connected();
  [[noreturn]] void fail(Code code, const std::string& cause);

  /// The schema's version, asked for once a connection; 0 only where there may be none yet.
  std::uint64_t schema(Connection& connection);
  [[noreturn]] void fail_without_tables(Connection& connection);
  /// Throws Error where all tables are missing, or those of a newer schema, or one that
  /// migrate_site adds.
  void tell_missing_tables(const std::string& cause);
  /// True: the tables with payload are there. Throws Error where servers should have them.
  bool has_payload(Connection& connection);
  /// Call this first in a transaction that writes.
  void prepare_to_write(Connection& connection);
  void write_row(const Statement& statement, Connection::Writer writer);

  SiteState read_newest(Connection& connection, const std::string& package,
                        const std::string& workstation);
  /// Reads tables of the newest version, without that of workstations.
  SiteState read_without_answer(Connection& connection, const std::string& package);
  /// Reads tables of any version.
  SiteState read_newest_row(Connection& connection, const std::string& package);
  /// From "FROM" on; for tables of any version.
  std::vector<DecisionRow> read_rows(Connection& connection, const std::string& package,
                                     const std::string& from, std::vector<Value> values);
  void announce(Connection& connection);
  void add_guard(Connection& connection);
  static void write_files(Connection& connection, const Decision& decision,
                          std::span<const StoredFile> files);
  bool is_stored_whole(Connection& connection, const StoredFile& file);
  std::vector<StoredFile> find_files(const std::string& package, std::uint64_t counter,
                                     const std::string* path);
  bool add_up(Connection& connection, const Sha256& digest, std::uint64_t size);
  void forget(Connection& connection, const Sha256& digest);
  void remove_orphans(const Sha256& digest);
  void remove_parts(const std::string& condition, const std::vector<Value>& values);

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t schema_ = 0;  ///< 0: not known of this connection
};

template <typename Work>
auto SqlSite::on_connection(Again again, const Work& work) {
  for (;; again = Again::no) {
    try {
      return work(connected());
    } catch (const Failure& failure) {
      connection_.reset();
      const bool may_work =
          failure.kind() == Failure::Kind::lost || failure.kind() == Failure::Kind::conflict;
      if (may_work && again == Again::yes) continue;
      if (failure.kind() == Failure::Kind::missing_table) tell_missing_tables(failure.cause());
      fail(code_of(failure.kind()), failure.cause());
    }
  }
}

}  // namespace xppkg::site
