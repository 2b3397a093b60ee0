#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "xppkg/error.hpp"
#include "xppkg/export.hpp"
#include "xppkg/observer.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg {

/// May this client open the site's data? All text is UTF-8.
struct GateResult {
  enum class State {
    ok,           ///< it runs what was released, or nothing was decided, or there is no site
    outdated,     ///< another release is wanted here: older or newer
    pilot,        ///< what runs here was chosen here and is not what was released
    held,         ///< another release was decided, but nobody follows for now
    unreachable,  ///< the database did not tell: `error` and `cause` say why
  };
  State state = State::ok;
  /// False: the application must not open the data. Outdated under a decision that requires its
  /// release, or unreachable while the last known decision did.
  bool may_run = true;
  /// Of a pilot: ask its user whether the version is for all; nobody has answered since the last
  /// decision.
  bool asks = false;
  bool held = false;             ///< nobody follows the decision for now
  std::optional<Policy> policy;  ///< none: no decision is known
  std::string installed;         ///< version; empty: nothing
  std::string released;          ///< version; where unreachable the last one known; may be empty
  std::uint64_t counter = 0;     ///< of the decision; 0: none
  std::string decided_by;
  std::string decided_at;     ///< UTC
  std::string workstation;    ///< where it was decided
  std::string note;           ///< why; may be empty
  std::string cause;          ///< of State::unreachable
  std::optional<Code> error;  ///< of State::unreachable: Code::database_unreachable, or why else
};
/// "ok", "outdated", "pilot", "held", "unreachable".
XPPKG_API std::string to_string(GateResult::State state);

struct DecisionItem {
  std::uint64_t counter = 0;
  std::string version;
  std::string previous;
  Policy policy = Policy::required;
  bool held = false;
  bool is_signed = false;  ///< somebody signed it
  /// It counts here: where decisions need a signature, by a trusted key and for this site.
  bool is_valid = false;
  std::string decided_at;  ///< UTC
  std::string decided_by;
  std::string workstation;
  std::string note;
};

/// A key of the site, sealed with a passphrase.
struct SiteKey {
  std::string file;             ///< empty: none
  std::string passphrase_file;  ///< its first line is the passphrase; empty: `ask`
  std::function<std::string()> ask;
};

struct ReleaseOptions {
  std::optional<std::string> version;  ///< none: the installed one
  Policy policy = Policy::required;
  std::string note;  ///< why; at most 2000 bytes
  SiteKey key;       ///< signs the decision; none: it is not signed
  /// The decision that was in force when the user was asked (0: none). If another one is in force
  /// by now, nothing is decided.
  std::optional<std::uint64_t> asked_at;
  /// The decision gets a counter above this one, which workstations have seen though it is not in
  /// the database: it ends their Error{decision_older}. 0: none is known.
  std::uint64_t after = 0;
};

/// The decision that was made, or that is in force where `changed` is false, as it was signed.
struct ReleaseResult {
  std::string version;
  std::string previous;          ///< released before; may be empty
  std::uint64_t counter = 0;     ///< of the decision; 0: there is none
  std::optional<Policy> policy;  ///< none: there is no decision
  bool held = false;
  std::string key;               ///< id of the key that signed; empty: it is not signed
  std::string site;              ///< the site's id, which the signature covers; may be empty
  bool changed = false;          ///< false: it was so already
  std::uint64_t files = 0;       ///< that workstations find in the database
  std::uint64_t bytes = 0;       ///< of these
  std::uint64_t uploaded = 0;    ///< bytes of these that were not there yet
  std::uint64_t downloaded = 0;  ///< bytes of payloads that were fetched for it
};

/// A workstation as the database knows it.
struct WorkstationItem {
  std::string name;
  std::string platform;
  std::string version;
  std::string result;       ///< of its last run: "done", "test" of a pilot, or the id of an error
  std::string seen_at;      ///< UTC, by the server's clock; of an SQLite file by its own
  bool is_current = false;  ///< it runs what was released
  bool is_pilot = false;    ///< it runs another version than the released one, chosen there
  bool has_failed = false;  ///< its last run ended with an error
  bool is_silent = false;   ///< it was not seen for over a week
};

struct FleetResult {
  std::string released;                       ///< version; empty: nothing was decided
  std::vector<WorkstationItem> workstations;  ///< by name
  /// Those that were seen within a day, are not on the released version, and are no pilots.
  std::uint64_t awaited = 0;
  bool is_cut = false;  ///< the list is not complete: it has those that were seen last
};

struct SiteCheck {
  std::string database;  ///< without a password
  std::string site;      ///< the id that the database gives for its site; may be empty
  std::string pinned;    ///< the site whose decisions count here; empty: none is pinned yet
  std::string released;  ///< version; may be empty
  std::uint64_t counter = 0;
  std::uint64_t files = 0;  ///< of the decision in force
  std::uint64_t bytes = 0;
  std::uint64_t keys = 0;  ///< site keys that are trusted here
  bool requires_signatures = false;
};

/// The site that an installation belongs to: one database that says which release everybody runs.
/// It is trusted for this choice alone. All calls throw Error only; without a configured database
/// all but `gate` throw Error{usage_invalid}. One object is for one thread.
class XPPKG_API Site {
 public:
  /// Throws Error{usage_not_installation}.
  explicit Site(const std::string& folder);
  ~Site();
  Site(Site&&) noexcept;
  Site& operator=(Site&&) noexcept;

  /// One short read; no installed file is looked at. A database that does not answer is a value.
  /// Throws Error{decision_signature, decision_older, decision_other_site, database_newer_schema}.
  GateResult gate();
  /// The same. The observer is told where files of the user are that an update which was broken off
  /// moved aside, if this call completes it.
  GateResult gate(Observer& observer);
  /// Judges by the last known decision alone, as `gate` does while the database does not answer.
  GateResult last_known();
  /// "Yes": puts everything that the site's workstations need into its database and writes the
  /// decision. Goes on where an earlier run stopped. Throws Error{locked_other_run} if somebody
  /// else decided meanwhile, Error{transport_*} for files that are neither here nor at the site.
  ReleaseResult release(const ReleaseOptions& options, Observer& observer);
  /// "No": the installed version stays a test on this workstation. It is asked about again when
  /// another decision or version comes. Throws Error{usage_nothing_installed}.
  void keep_as_test();
  /// Writes a decision like the one in force that nobody follows. Unchanged: it is so already. Of
  /// `options` the note, `after` and the key count.
  ReleaseResult hold(const ReleaseOptions& options);
  /// Releases a version on hold anew. Unchanged: nothing is. Throws what release throws.
  ReleaseResult unhold(const ReleaseOptions& options, Observer& observer);
  /// The newest first: 1,000 that count, and beside them 1,000 rows of any kind, of each
  /// workstation 100.
  std::vector<DecisionItem> decisions();
  FleetResult fleet();
  /// Returns the decision that follows `counter`, as soon as there is one; empty when the time is
  /// over or `stop` says so, which is asked at least once a second. PostgreSQL tells at once, other
  /// databases are asked every few seconds.
  std::optional<DecisionItem> wait_for_decision(std::uint64_t counter,
                                                std::chrono::milliseconds time,
                                                const std::function<bool()>& stop);
  /// Makes the tables, or brings them to the newest schema; false: there was nothing to do. Pins
  /// this site if site keys are trusted and no site is pinned yet.
  bool migrate();
  /// Throws if this workstation could not follow decisions.
  SiteCheck check();
  /// Tells the database what runs here, and how the last run ended ("done", or an error's id), for
  /// `fleet`. Never fails.
  void report(const std::string& result);
  /// From now on decisions are followed here only with a signature by one of the trusted keys, for
  /// the site with this id; empty: the one that is pinned already, else the database's. Returns the
  /// site that is pinned then; empty: none yet, it will be the first that is followed. Throws
  /// Error{trust_key} if the file holds no public key, Error{rights_denied, usage_invalid}.
  std::string trust_key(const std::string& public_key_file, const std::string& site = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Makes a site key: the secret one, sealed with the passphrase, in key.file, the public one in
/// key.file + ".pub". Throws Error{io_failed} where one of them is there already, and
/// Error{usage_passphrase} for an empty passphrase.
XPPKG_API void make_site_key(const SiteKey& key);

}  // namespace xppkg
