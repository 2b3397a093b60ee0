#include "rollback.hpp"

#include <algorithm>

#include "block_repair.hpp"
#include "disk_need.hpp"
#include "follow.hpp"
#include "install/folder_transaction.hpp"
#include "install/kept_releases.hpp"
#include "install/preflight.hpp"
#include "rolled_back.hpp"

namespace xppkg::client {
namespace {

install::KeptRelease choose(const Session& session, const std::optional<std::string>& version) {
  const auto kept = install::KeptReleases(session.disk(), session.layout()).list();
  for (const install::KeptRelease& release : kept) {
    if (release.installed.tree == session.installed()->tree) continue;
    if (!version || Version::parse(release.installed.version) == Version::parse(*version)) {
      return release;
    }
  }
  Error error(Code::rollback_unavailable, {{"installed", session.installed()->version}});
  if (version) error.with("version", *version);
  throw error;
}

/// The way back, from a manifest that was proved.
class Rollback {
 public:
  Rollback(Session& session, const install::KeptRelease& release, Observer& observer)
      : session_(session),
        release_(release),
        observer_(observer),
        wanted_(session.kept_manifest(release)),
        contents_(session.disk(), session.layout()) {}

  std::vector<Notice> run() {
    check_min_version(session_.saved_catalogue(), wanted_.manifest.version);
    const auto installed = find_contents();
    const manifest::Manifest* base = installed ? &installed->manifest : nullptr;
    install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
    check_disk(base);
    bring_back(stager, stager.lacking(wanted_.manifest));
    const auto tree = stager.finish(wanted_.manifest);
    remember();
    return session_.commit(tree, base, next(), wanted_.bytes, observer_);
  }

 private:
  /// Sound files of the folder, and kept ones: a commit hashes them once more.
  std::optional<SignedManifest> find_contents() {
    std::optional<SignedManifest> installed;
    try {
      installed = session_.installed_manifest();
    } catch (const Error& error) {
      // Going back is a way out of that as well.
      observer_.notice({"manifest.replaced", ".xppkg/manifest.json", error.what()});
    }
    if (installed) {
      verified_ = install::verify_folder(session_.disk(), session_.layout(), installed->manifest,
                                         install::Depth::full, observer_);
      contents_.add_sound_files(verified_);
    }
    contents_.add_pristine();
    install::KeptReleases(session_.disk(), session_.layout()).add_to(contents_);
    return installed;
  }

  /// The site's database or the vendor may have what was changed before it could be kept, or was
  /// damaged since.
  void bring_back(install::Stager& stager, const std::set<Blake2b>& lacking) {
    if (lacking.empty()) return stager.begin();
    try {
      session_.read_files_of(release_.installed);
      const manifest::Catalogue catalogue = session_.saved_catalogue();
      BlockRepair block_repair(session_, wanted_.manifest, catalogue, observer_);
      block_repair.fetch(lacking);
      stager.begin();
      block_repair.repair(stager, lacking);
    } catch (const Error& error) {
      if (!BlockRepair::is_told_by(error.code())) throw;
      throw Error(Code::rollback_unavailable, {{"version", release_.installed.version},
                                               {"cause", "files that it needs are damaged"},
                                               {"sources", error.what()}});
    }
  }

  void check_disk(const manifest::Manifest* base) {
    install::check_disk(session_.disk(), session_.layout(), base, verified_, wanted_.manifest);
    check_space(session_.disk(), session_.layout(),
                disk_need({base, &verified_, verified_.lost, /*repairs=*/false}, {&wanted_, 1},
                          /*download=*/0));
  }

  // Before the commit: one that is broken off after its decision must not be followed by an update
  // to the release just left.
  void remember() {
    const install::Installed& left = *session_.installed();
    std::uint64_t decision = left.decision;
    // A later decision for the same version is not new to a workstation that knew of it.
    const auto known = session_.site().known_decision();
    if (known && known->version == left.version) decision = std::max(decision, known->counter);
    save_rolled_back(session_.disk(), session_.layout(), {left.version, left.tree, decision});
  }

  [[nodiscard]] install::Installed next() const {
    install::Installed next = release_.installed;
    next.at = session_.now();
    next.is_pilot = false;
    next.decision = session_.installed()->decision;
    next.confirmed = true;
    next.starts = 0;
    return next;
  }

  Session& session_;
  const install::KeptRelease& release_;
  Observer& observer_;
  SignedManifest wanted_;
  install::Verified verified_;  ///< what was found of the installed release
  install::ContentStore contents_;
};

/// After a way back that failed: nothing was left, unless recover finds that it was.
void stay(Session& session) {
  try {
    if (install::is_broken_off(session.disk(), session.layout())) return;
    forget_rolled_back(session.disk(), session.layout(), session.installed()->tree);
  } catch (const Error&) {
    // The failure itself is reported.
  }
}

}  // namespace

RollbackResult roll_back(Session& session, const std::optional<std::string>& version,
                         Observer& observer) {
  if (!session.installed()) throw Error(Code::usage_nothing_installed);
  const install::KeptRelease release = choose(session, version);
  RollbackResult result;
  result.from = session.installed()->version;
  result.to = release.installed.version;
  try {
    result.notices = Rollback(session, release, observer).run();
  } catch (const Error&) {
    session.clear_staging();
    stay(session);
    throw;
  }
  return result;
}

StartResult count_start(Session& session, Observer& observer) {
  StartResult result;
  const auto& installed = session.installed();
  if (!installed) throw Error(Code::usage_nothing_installed);
  result.version = installed->version;
  const std::uint64_t allowed = session.config().confirm_starts;
  if (installed->confirmed || allowed == 0 || !session.may_write()) return result;
  if (installed->starts < allowed) {
    session.note_start();
    result.starts_left = allowed - installed->starts;
    return result;
  }
  try {
    RollbackResult back = roll_back(session, std::nullopt, observer);
    result.version = back.to;
    result.rolled_back_from = back.from;
    result.notices = std::move(back.notices);
  } catch (const Error& error) {
    const bool is_whole = !install::is_broken_off(session.disk(), session.layout());
    if (error.code() == Code::cancelled || !is_whole) throw;
    // The first release, nothing was kept, a full disk, programs that run: better this one than
    // none.
    observer.notice({"rollback.impossible", installed->version, error.what()});
  }
  return result;
}

}  // namespace xppkg::client
