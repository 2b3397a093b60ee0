#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "xppkg/error.hpp"
#include "xppkg/export.hpp"
#include "xppkg/observer.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg {

/// Default of InitOptions::keep_bytes: 2 GiB.
inline constexpr std::uint64_t kKeepBytes = 2ull * 1024 * 1024 * 1024;

/// How a folder is set up for updates. All text is UTF-8.
struct InitOptions {
  std::string folder;                ///< DIR; made if need be
  std::vector<std::string> sources;  ///< "https://…", "http://…" or "file:…"; tried in order
  std::string root_file;             ///< the vendor's root.json, as shipped with the application
  std::string package;
  std::string channel = "stable";
  std::string platform;     ///< empty: the one this library was built for
  std::string database;     ///< "sqlite:PATH", "postgresql://…", "mysql://…"; empty: no site
  std::string workstation;  ///< empty: the computer's name
  std::string proxy;        ///< empty: from the environment; "none": directly
  std::string ca_file;      ///< PEM file of the certificates to trust; empty: the system's
  /// Earlier releases that are kept for `rollback`, and how many bytes of their files at most;
  /// 0: none.
  std::uint64_t keep_releases = 1;
  std::uint64_t keep_bytes = kKeepBytes;
  /// After an update: how often the application may be started (Updater::start) without a
  /// `confirm` before the next start goes back; 0: never.
  std::uint64_t confirm_starts = 0;
};

/// Changes of what InitOptions say; what is not given stays as it is.
struct SettingsChange {
  std::optional<std::vector<std::string>> sources;  ///< in place of all that there are
  std::optional<std::string> channel;
  std::optional<std::string> database;     ///< empty: no site
  std::optional<std::string> workstation;  ///< empty: the computer's name
  std::optional<std::string> proxy;        ///< empty: from the environment; "none": directly
  std::optional<std::string> ca_file;      ///< empty: the system's certificates
  std::optional<std::uint64_t> keep_releases;
  std::optional<std::uint64_t> keep_bytes;
  std::optional<std::uint64_t> confirm_starts;
};

/// The offer of a source, compared with the installed release.
struct CheckResult {
  std::string installed;  ///< version; empty when nothing is installed
  std::string newest;     ///< of the channel
  bool newer_exists = false;
  std::uint64_t bytes = 0;       ///< to download for it; 0 when there is nothing newer
  std::uint64_t full_bytes = 0;  ///< of its full package
  std::string notes;             ///< what is new, as the vendor wrote it; plain text
  std::string source;            ///< that answered
};

/// A release that a workstation can be told to go to.
struct ReleaseItem {
  std::string version;
  std::vector<std::string> channels;  ///< none: a step between others
  std::uint64_t full_bytes = 0;       ///< of its full package
  bool is_installed = false;
};

struct PlanStep {
  bool is_full = false;
  std::string from;  ///< version; empty when is_full
  std::string to;
  std::uint64_t bytes = 0;  ///< size of the payload
};

/// How a release would be reached.
struct PlanResult {
  std::string from;  ///< installed version; may be empty
  std::string to;    ///< empty: there is nothing to follow
  std::vector<PlanStep> steps;
  std::uint64_t bytes = 0;         ///< still to be downloaded
  std::uint64_t repair_bytes = 0;  ///< of these, to repair damaged files before a delta
  std::uint64_t full_bytes = 0;    ///< of the full package
  std::uint64_t disk_bytes = 0;    ///< free space needed: downloads, staging, backup
  PlanReason reason = PlanReason::up_to_date;
};

struct ApplyResult {
  PlanResult plan;
  bool changed = false;          ///< false: there was nothing to do
  std::uint64_t downloaded = 0;  ///< bytes of payload in this run
  std::vector<Notice> notices;   ///< files that were kept or moved aside
};

/// Which release `apply` goes to.
struct ReleaseSelector {
  enum class Kind { released, newest, version };
  Kind kind = Kind::released;  ///< released: in the site's database; without one, the newest
  std::string version;         ///< of Kind::version
  /// Also a release that was rolled back, though the same decision still asks for it.
  bool retry = false;
};

struct VerifyDifference {
  std::string path;
  Finding finding = Finding::missing;
  bool is_damage = true;
};

struct VerifyResult {
  std::string version;
  bool full = false;
  std::uint64_t files = 0;
  bool broken_off = false;  ///< as Updater::is_broken_off says; differences are expected then
  std::vector<VerifyDifference> differences;
  [[nodiscard]] bool damaged() const {
    for (const VerifyDifference& difference : differences) {
      if (difference.is_damage) return true;
    }
    return false;
  }
};

struct RepairResult {
  std::string version;                     ///< that is installed
  bool changed = false;                    ///< false: there was nothing to do
  std::vector<VerifyDifference> repaired;  ///< what was damaged, and how
  std::uint64_t downloaded = 0;            ///< bytes of payload in this run
  std::vector<Notice> notices;             ///< files that were kept or moved aside
};

struct StatusResult {
  std::string folder;
  std::string package;
  std::string channel;
  std::string platform;
  std::string workstation;
  std::vector<std::string> sources;
  std::string database;  ///< without a password; empty: none
  DatabaseState database_state = DatabaseState::none;
  std::string installed;     ///< version; empty: nothing
  std::string installed_at;  ///< UTC; empty: nothing
  bool is_pilot = false;     ///< its version was chosen here, not by following the site
  std::string released;      ///< version in the database; may be empty
  std::string last_action;   ///< of the history; may be empty
  std::string last_result;
  bool broken_off = false;  ///< as Updater::is_broken_off tells
};

struct RollbackResult {
  std::string from;
  std::string to;
  std::vector<Notice> notices;  ///< files that were kept or moved aside
};

/// Findings and actions before the application is started.
struct StartResult {
  std::string version;            ///< that is installed now
  std::string rolled_back_from;   ///< version that was never confirmed; empty: nothing was done
  std::string updated_from;       ///< version, of an update that was put off; empty: none was
  std::uint64_t starts_left = 0;  ///< without a confirmation, this one included; 0: none is awaited
  std::vector<Notice> notices;    ///< files that were kept or moved aside
};

struct HistoryItem {
  std::string at;  ///< UTC
  std::string action;
  std::string from;
  std::string to;
  std::string result;  ///< "done", or the id of an error
  std::uint64_t bytes = 0;
};

/// One installation: a folder with the vendor's files and the user's own, and the state of updates
/// in DIR/.xppkg. Every call but verify, kept, status, history and is_broken_off, which only look,
/// first recovers what an earlier run left half done. Each first judges whether somebody else could
/// have written the files that it is about to believe: Error{rights_unsafe_folder}, see
/// trusted_folders.hpp. All calls throw Error only; after a failure the installed version is the
/// old one, complete. One object is for one thread; calls on the same folder from elsewhere end
/// with Error{locked_other_run}.
class XPPKG_API Updater {
 public:
  /// Sets a folder up. The notice "folder.nested" tells that it lies in another installation.
  /// Throws Error{usage_already_initialised, usage_invalid, trust_*}.
  static void init(const InitOptions& options);
  static void init(const InitOptions& options, Observer& observer);

  /// Throws Error{usage_not_installation}.
  explicit Updater(const std::string& folder);
  ~Updater();
  Updater(Updater&&) noexcept;
  Updater& operator=(Updater&&) noexcept;

  /// Changes the settings of the folder. Decisions that this workstation knows belong to the
  /// address of the database that it had. Throws Error{usage_invalid} for a value that cannot be
  /// used, and Error{rights_denied} also where this user may not read passwords that would be lost.
  void configure(const SettingsChange& change);

  /// How long `install`, `apply`, `repair`, `rollback` and `start` wait for programs that hold an
  /// InUse of the folder before they throw Error{use_busy}. At first ten seconds, and `start` does
  /// not wait before it goes back; zero: not at all.
  void set_wait(std::chrono::milliseconds wait);
  /// For an administrator: `install`, `apply`, `repair` and `rollback` no longer wait for programs
  /// that hold an InUse, since the right to read the folder is enough to hold one. Such a program
  /// may then find files of two releases. The notice "use.overridden" names the programs.
  void override_programs();

  /// Asks the sources for the newest release of the channel. Changes nothing that is installed.
  CheckResult check(Observer& observer);
  /// All releases that the vendor offers for this package and platform, the newest first: none that
  /// is withdrawn or below the vendor's minimum version. Changes nothing that is installed.
  std::vector<ReleaseItem> releases(Observer& observer);
  /// The plan that `apply` would carry out. Changes nothing that is installed.
  PlanResult plan(const ReleaseSelector& wanted, Observer& observer);
  /// The first release in this folder: the given version, else the released one, else the newest.
  ApplyResult install(const std::optional<std::string>& version, Observer& observer);
  /// Fetches and verifies all payloads that `apply` would need by now, and changes nothing that is
  /// installed: `apply` then has nothing, or less, to download. `downloaded` says how many bytes
  /// came in this call, `changed` is false. Throws what apply throws before it commits.
  ApplyResult download(const ReleaseSelector& wanted, Observer& observer);
  /// Goes to the wanted release. Throws Error{use_busy} where a program has a file in use, named by
  /// the fact "held by" where it is known; the next call needs no second download. Throws
  /// Error{database_unreachable} rather than take the newest, Error{policy_rolled_back} for a
  /// release that a decision requires and that was rolled back, and Error{policy_below_floor}, as
  /// plan, install and release do, for a release below the lowest version that the vendor allows.
  ApplyResult apply(const ReleaseSelector& wanted, Observer& observer);
  /// Compares the installed files with the signed manifest: kind, mode, size and time of change, or
  /// every byte. A file whose time alone differs is hashed.
  VerifyResult verify(bool full, Observer& observer);
  /// Makes the installed release whole again: looks at every byte, fetches only the signed blocks
  /// of damaged bytes, and commits as an update does. Unknown files stay, and so do config files
  /// that the user changed; the vendor's comes beside them as NAME.new. Sources are asked only for
  /// bytes that the folder lacks. Throws Error{usage_nothing_installed, repair_unavailable}.
  RepairResult repair(Observer& observer);
  /// Goes back to a release that was installed here before, by the files that were kept of it: the
  /// one that was left last, or that version. Nothing is downloaded, unless kept files are missing
  /// or damaged: the sources are then asked for the blocks that repair them. `apply` does not
  /// return to the release that is left now, until another decision asks for it, its version is
  /// named, or ReleaseSelector::retry is set. Throws Error{rollback_unavailable} where none is
  /// kept, Error{policy_below_floor}.
  RollbackResult rollback(const std::optional<std::string>& version, Observer& observer);
  /// Versions that `rollback` can go to, the one that was left last first.
  std::vector<std::string> kept();
  /// The application says that the installed release runs. False: no confirmation was awaited.
  bool confirm();
  /// Call this each time before the application is started: counts the starts that were not
  /// confirmed, and goes back when there were too many (InitOptions::confirm_starts). Finishes an
  /// update that ended with Error{use_busy}; if that fails, it is a notice "update.pending".
  StartResult start(Observer& observer);
  /// Completes or undoes a commit that was broken off. Notices tell the observer where the commit
  /// put files of the user that it moved aside; so does every other call that recovers and takes an
  /// observer.
  Recovery recover();
  Recovery recover(Observer& observer);
  StatusResult status();
  std::vector<HistoryItem> history();
  /// True if a commit was broken off, or is under way. Changes nothing.
  bool is_broken_off();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Asks the program that started this one (`xppkg start`) to start it again once it has ended,
/// after an update if there is one. False: this program was not started so.
XPPKG_API bool request_restart();

}  // namespace xppkg
