#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "site/decision.hpp"

namespace xppkg::site {

/// A file of the vendor's repository that the database keeps, so that workstations need no other
/// source.
struct StoredFile {
  std::string path;  ///< as at a source, "metadata/3.root.json"
  Sha256 digest;     ///< of the whole
  std::uint64_t size = 0;
};

inline constexpr std::size_t kMaxPath = 1000;    ///< of a stored file, in bytes
inline constexpr std::size_t kMaxFiles = 10000;  ///< of one decision

/// Bytes of a stored file lie in parts of this size; the last one may be smaller.
inline constexpr std::uint64_t kPartBytes = 1024 * 1024;

/// The last report of a workstation.
struct Workstation {
  static constexpr const char* kDone = "done";
  static constexpr const char* kPilot = "test";

  std::string package;
  std::string name;
  std::string platform = {};
  std::string version = {};    ///< that is installed; empty: nothing
  std::string result = {};     ///< of the last run: kDone, kPilot, or the id of an error
  trust::Time seen = 0;        ///< by the server's clock; of an SQLite file by its own
  std::uint64_t decision = 0;  ///< the decision that it followed last; 0: none
};

/// A version that one or more workstations have installed.
struct VersionInUse {
  std::string platform;
  std::string version;  ///< empty: nothing is
};

/// "No" to the question whether what a pilot runs is for all.
struct Answer {
  std::uint64_t decision = 0;  ///< in force when it was given; 0: none was
  std::string version;         ///< that the pilot ran
};

/// The facts that a program needs at its start, in one read.
struct SiteState {
  std::optional<Decision> decision;  ///< the newest row; empty: none is there, or nonsense
  std::optional<Answer> answer;      ///< the "No" of this workstation; empty: none
  std::uint64_t newest = 0;          ///< counter of the newest row; 0: nothing was decided yet
  std::string nonsense = {};         ///< why the newest row says nothing; empty: it does
  std::string site = {};  ///< the database's own id, which signatures cover; empty: it has none
};

/// A row of decisions.
struct DecisionRow {
  std::uint64_t counter = 0;
  std::optional<Decision> decision;  ///< empty: nonsense
};

/// Rows beyond are not read: a site has at most some thousand workstations.
inline constexpr std::size_t kMaxWorkstations = 20'000;

enum class Decided { done, somebody_else, payload_missing };

/// The site's release database. It is trusted for nothing but which release is wanted. Not for use
/// from two threads at once. After an error the object may be used again; it connects anew. Errors:
/// those of the group "database" (manifests/SITE.md §7) with the fact "database", which never holds
/// a password. A row that holds nonsense is database_damaged.
class SiteDatabase {
 public:
  virtual ~SiteDatabase() = default;

  /// The newest decision for a package, and what this workstation answered.
  virtual SiteState read(const std::string& package, const std::string& workstation) = 0;
  /// The rows for a package with counters below `below`, the newest first, at most `limit`.
  virtual std::vector<DecisionRow> decisions(const std::string& package, std::size_t limit,
                                             std::uint64_t below = kMaxCounter + 1) = 0;
  /// All rows for a package, the newest first: at most `limit`, and of what one workstation decided
  /// at most `of_one`, so that no workstation's rows hide another's.
  virtual std::vector<DecisionRow> history(const std::string& package, std::size_t limit,
                                           std::size_t of_one) = 0;

  /// Writes `decision` as the next one, with the files that belong to it: in one transaction, only
  /// if the newest counter is still `newest` (by itself `decision.counter - 1`), and only if each
  /// file is stored whole. Else nothing is written. Notifies waiting readers. Throws
  /// Error{limit_exceeded}, as report and answer do, for a counter above kMaxCounter.
  virtual Decided decide(const Decision& decision, std::span<const StoredFile> files,
                         std::optional<std::uint64_t> newest = {}) = 0;

  /// The files that belong to a decision; empty for one that was pruned or has none.
  virtual std::vector<StoredFile> files(const std::string& package, std::uint64_t counter) = 0;
  /// One of them; empty if it does not belong to the decision.
  virtual std::optional<StoredFile> find(const std::string& package, std::uint64_t counter,
                                         const std::string& path) = 0;
  /// How many parts of a file are stored from its first one on, without a gap: an interrupted
  /// upload goes on there.
  virtual std::uint64_t stored_parts(const Sha256& digest) = 0;
  /// Stores a part; once it is there, again is no error and changes nothing.
  virtual void store_part(const Sha256& digest, std::uint64_t index, ByteView bytes) = 0;
  /// Says that all parts are there. False, and nothing is said: their sizes do not add up to
  /// `size`; the parts were removed, begin anew.
  virtual bool complete(const Sha256& digest, std::uint64_t size, trust::Time now) = 0;
  /// Removes all parts of a file: its stored bytes are wrong.
  virtual void discard(const Sha256& digest) = 0;
  /// The bytes of one part. Throws Error{notfound_file}: it was pruned meanwhile. At most
  /// kPartBytes, whatever stands in the row (more is Error{limit_exceeded}).
  virtual Bytes part(const Sha256& digest, std::uint64_t index) = 0;
  /// Removes the files of the package's decisions before `oldest_kept`, and every stored byte that
  /// then belongs to no decision of any package and was not put there within a day before `now`.
  virtual void prune(const std::string& package, std::uint64_t oldest_kept, trust::Time now) = 0;

  /// Writes or replaces what a workstation says of itself; its answer stays. A server takes its
  /// own time, not `seen`.
  virtual void report(const Workstation& workstation) = 0;
  /// Writes the "No" of a workstation.
  virtual void answer(const std::string& package, const std::string& workstation,
                      const Answer& answer) = 0;
  /// Sorted by name. Rows that hold nonsense are left out; those seen last count if there are more
  /// than kMaxWorkstations, and after them those that claim to have been seen in the future.
  virtual std::vector<Workstation> workstations(const std::string& package) = 0;
  /// The versions of workstations that reported from `since` on, each once; the most common first,
  /// 1,000 at most.
  virtual std::vector<VersionInUse> versions_in_use(const std::string& package,
                                                    trust::Time since) = 0;

  /// Returns the decision that follows after `counter`, as soon as there is one; empty when `stop`
  /// (asked at least once a second) says so or the time is over. Told by the server where it can,
  /// else asked every few seconds. `newest` is the decision in force; by itself the newest row.
  virtual std::optional<Decision> wait_for_decision(
      const std::string& package, std::uint64_t counter, std::chrono::milliseconds time,
      const std::function<bool()>& stop,
      const std::function<std::optional<Decision>()>& newest = {}) = 0;
};

enum class Missing { is_unreachable, is_created };

/// Opens "sqlite:PATH", "postgresql://…" or "mysql://…" (manifests/SITE.md). A missing SQLite file
/// is unreachable, because an unmounted share must not look like a new site, unless the caller is
/// about to write the first decision (`is_created`, which also brings an SQLite file to the newest
/// schema, as migrate_site does with `site`). A server always needs its tables. Throws
/// Error{usage_invalid} for another scheme or a broken address, else as SiteDatabase.
std::unique_ptr<SiteDatabase> open_site(const std::string& url, Missing missing,
                                        fs::FileSystem& disk, const std::string& site = {});

/// The version of the tables that this program writes. It reads older ones too.
inline constexpr std::uint64_t kNewestSchema = 4;

/// The form of a site's id: 32 digits of lower-case hex.
bool is_site_id(std::string_view text);

/// Makes the tables or brings them to the newest schema. Returns the schema's version before; 0:
/// there was none. Idempotent; two at once end well. A database that has no id yet gets `site`, or,
/// where that is empty, a new one.
std::uint64_t migrate_site(const std::string& url, fs::FileSystem& disk,
                           const std::string& site = {});

/// The address for messages and for `status`: without a password.
std::string without_password(const std::string& url);
/// Throws Error{usage_invalid} for an address that open_site would refuse; makes the path of an
/// SQLite file absolute.
std::string checked_address(const std::string& url);
/// The files that the address names: that of SQLite, a password's, a certificate's. All absolute.
std::vector<fs::Path> named_files(const std::string& url);

}  // namespace xppkg::site
