#pragma once

#include <memory>

#include "config.hpp"
#include "install/state.hpp"
#include "known_decision.hpp"
#include "named_files.hpp"
#include "site/database_source.hpp"
#include "site/site.hpp"
#include "site_keys.hpp"

namespace xppkg::client {

/// The state of the database, as far as it counts here.
struct Standing {
  site::SiteState site_state;  ///< its decision is the newest one that counts
  SiteKeys keys;  ///< by which it counts; their site is the pinned one, else the database's

  /// Rows above the decision that counts: nobody's.
  [[nodiscard]] bool is_covered() const {
    return site_state.newest != (site_state.decision ? site_state.decision->counter : 0);
  }
  /// True if the database says that it is another site's than the pinned one.
  [[nodiscard]] bool is_other_site() const { return keys.site != site_state.site; }
};

/// The site's database as one call on one installation sees it: connected when it is first needed,
/// and believed no further than site keys and the newest decision seen before allow.
class SiteLink {
 public:
  /// All must outlive it.
  SiteLink(fs::FileSystem& disk, const install::Layout& layout, const Config& config,
           trust::Time now);

  [[nodiscard]] bool is_configured() const { return !config_.database.empty() && !is_cut_; }
  /// From now on decisions that are read are not saved.
  void only_look() { only_looks_ = true; }
  /// From now on the configured database is ignored.
  void cut() { is_cut_ = true; }
  /// Throws Error{usage_invalid} where none is configured, and Error{database_*}.
  site::SiteDatabase& database(site::Missing missing = site::Missing::is_unreachable);
  /// The decision in force and this workstation's answer. Throws Error{decision_signature,
  /// decision_older}. `may_write`: this user may write DIR.
  site::SiteState read(bool may_write);
  /// The same for a caller that is about to make a decision, or only reports: it also accepts a
  /// decision older than the one seen here before, and none at all. `signer`: the key that is about
  /// to sign; it counts as a trusted one, and unsigned rows do not count.
  Standing stand(const trust::PublicKey* signer = nullptr);
  /// The newest decision that was read here before; empty: none. Only decisions signed for their
  /// site count where `keys` are required.
  [[nodiscard]] std::optional<KnownDecision> known_decision(const SiteKeys& keys = {}) const;
  /// Makes or changes the tables of the database. False: they were the newest.
  bool migrate();
  /// The id of the site that is pinned here: with its keys, or by the first signed decision that
  /// was followed; empty: none.
  [[nodiscard]] std::string pinned_site() const;
  /// The files that belong to a decision. It must not be used longer than this object.
  std::unique_ptr<source::Source> files_of(std::uint64_t counter);
  /// Tells the database what this workstation runs, and how the last run ended. Never fails: a
  /// site's overview is not worth an update.
  void report(const std::optional<install::Installed>& installed, const std::string& result,
              trust::Time now);

 private:
  void check(const Standing& standing, bool may_write);
  [[nodiscard]] std::vector<KnownDecision> known_decisions() const;
  void remember(const KnownDecision& known, bool may_write);

  fs::FileSystem& disk_;
  const install::Layout& layout_;
  const Config& config_;
  trust::Time now_;
  AuthorsDisk authors_disk_;
  bool is_cut_ = false;
  bool only_looks_ = false;
  std::unique_ptr<site::SiteDatabase> database_;
};

}  // namespace xppkg::client
