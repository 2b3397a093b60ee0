#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "fs/settled_call.hpp"
#include "install/folder_transaction.hpp"
#include "install/kept_releases.hpp"
#include "install/state.hpp"
#include "metadata.hpp"
#include "named_files.hpp"
#include "saved_repository.hpp"
#include "site_link.hpp"
#include "source/download.hpp"

namespace xppkg::client {

/// A manifest together with the bytes that were verified.
struct SignedManifest {
  manifest::Manifest manifest;
  Bytes bytes;
};

/// The access of a call to an installation.
enum class Access {
  look,   ///< neither locks nor recovers, and changes nothing
  read,   ///< locks and recovers where this user may; throws where he may not and has to
  write,  ///< throws for users who may not write the folder
};

/// One call on one installation: the folder's lock where it may be written, the outcome of
/// recovery, and the installed release: what all verbs share, and nothing that only one does.
class Session {
 public:
  /// Throws Error{rights_unsafe_folder} where somebody else could have written what the call would
  /// believe, Error{rights_denied, locked_other_run, usage_not_installation, corrupt_state}. The
  /// observer is told what recovery found.
  Session(const std::string& folder, Access access);
  Session(const std::string& folder, Access access, Observer& observer);
  /// The same on another disk, which must outlive the session, in a folder that was judged.
  Session(fs::FileSystem& disk, install::Layout layout, Access access, Observer& observer);
  Session(const Session&) = delete;  // Lent references point into it.
  Session& operator=(const Session&) = delete;

  /// The disk for files of the folder.
  [[nodiscard]] fs::FileSystem& disk() const { return disk_; }
  [[nodiscard]] const install::Layout& layout() const { return layout_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] Recovery recovery() const { return recovery_; }
  [[nodiscard]] const std::optional<install::Installed>& installed() const { return installed_; }
  [[nodiscard]] trust::Time now() const { return now_; }
  [[nodiscard]] bool may_write() const { return may_write_; }
  /// True if a commit was broken off, or is under way: the folder is neither old nor new.
  [[nodiscard]] bool is_broken_off() const { return install::is_broken_off(disk_, layout_); }
  /// How long a commit waits for programs that say that they run from the folder.
  void set_wait(std::chrono::milliseconds wait) { wait_ = wait; }
  [[nodiscard]] std::chrono::milliseconds wait() const { return wait_; }

  /// The site's database.
  SiteLink& site() { return site_; }
  [[nodiscard]] const SiteLink& site() const { return site_; }
  /// The opened sources of files: what read_files_of named, then the configured sources.
  std::vector<std::unique_ptr<source::Source>>& sources();
  /// From now on a decision's files in the site's database are asked for before all others.
  void read_files_of(std::uint64_t decision);
  /// Those of the decision that brought a release here; none without one, or without a database.
  void read_files_of(const install::Installed& release);
  /// As for a decision, and plans keep to the payloads that the database has (site_has).
  void follow(std::uint64_t decision);
  /// True if the site's database should give the file; false as well where nothing is followed.
  [[nodiscard]] bool site_has(const manifest::TargetFile& file) const;
  /// Runs `fetch`, which waits for sources, without the folder's lock: others may look, start
  /// programs and go back meanwhile. Runs that fetch exclude each other by a lock of their own, for
  /// what they download and the metadata that they save; a run that only looks saves nothing where
  /// another one fetches. Throws Error{locked_other_run} where another run fetches, works on the
  /// folder for long afterwards, or has changed the installed release meanwhile.
  template <typename Fetch>
  auto without_lock(Observer& observer, const Fetch& fetch) {
    if (!lock_) return fetch();
    let_go();
    try {
      auto result = fetch();
      take_again(observer);
      return result;
    } catch (const std::exception&) {
      take_again_if_free();
      throw;
    }
  }
  /// Call this after a fetch, before the folder is changed: takes the folder's lock again where a
  /// failed fetch left it released. Throws as `without_lock`, also where a run that only looks may
  /// not save.
  void hold(Observer& observer);
  /// With a decision: judged as of its time, and by the metadata that is saved here where the
  /// sources have nothing newer.
  Trusted refresh(Observer& observer, const std::optional<site::Decision>& decision = {});
  /// The installed manifest, proved by the saved metadata. Throws Error{usage_nothing_installed,
  /// corrupt_state, trust_*}.
  SignedManifest installed_manifest();
  /// The offer of the package's role in the metadata that proves the installed manifest. Throws as
  /// installed_manifest.
  manifest::Catalogue installed_catalogue();
  /// Fetches the manifest of a release and checks that it is the one that is meant.
  SignedManifest fetch_manifest(const Trusted& trusted, const manifest::TargetFile& file,
                                const Blake2b& tree, Observer& observer);
  /// The newest metadata that is saved here. Throws as load_saved_repository.
  [[nodiscard]] SavedRepository saved_repository() const;
  /// The manifest of a release that was kept, proved like the installed one's. Throws as
  /// installed_manifest.
  SignedManifest kept_manifest(const install::KeptRelease& release);
  /// The vendor's offer when a source was last asked.
  [[nodiscard]] manifest::Catalogue saved_catalogue() const;
  /// Makes a verified release the installed one, and removes obsolete files.
  std::vector<Notice> commit(const install::VerifiedTree& tree, const manifest::Manifest* installed,
                             const install::Installed& next, ByteView signed_manifest,
                             Observer& observer);
  void note(const install::HistoryEntry& entry);
  /// Reports to the site's database the installed release, and how a run ended: "done" or an
  /// error's id.
  void report(const std::string& result);
  /// The application is started once more; it is not confirmed yet.
  void note_start();
  /// The application runs. False: no confirmation was awaited.
  bool confirm();
  /// Notes that the installed release is the one that a decision asks for, and no longer a pilot's
  /// test. 0: no decision, nothing changes.
  void note_decision(std::uint64_t decision);
  /// Notes that a version was released for all from here: where it is the installed one, it is no
  /// longer a test, and its downloads can be removed.
  void note_release(const std::string& version, std::uint64_t decision);
  /// Before a release is committed: keeps the metadata that proves it.
  void keep_proof(const Blake2b& tree);
  /// After the files of a release were looked at: keeps the times for the next quick look.
  void keep_times(const Blake2b& tree, const install::Verified& verified);
  /// After a failure: removes staged files, unless recovery needs them.
  void clear_staging();

 private:
  Session(const install::Layout& layout, Access access, Observer& observer);
  Session(std::unique_ptr<fs::FileSystem> disk, const install::Layout& layout, Access access,
          Observer& observer);
  void lock_and_recover(Access access, Observer& observer);
  Recovery recover(Observer& observer);
  std::unique_ptr<fs::Lock> try_lock(const fs::Path& file);
  void let_go();
  void take_again(Observer& observer);
  void take_again_if_free();
  [[nodiscard]] Error locked_out(const fs::Path& lock) const;
  [[nodiscard]] Error no_rights() const;
  [[nodiscard]] bool is_committing();
  SignedManifest fetch_manifest_now(const Trusted& trusted, const manifest::TargetFile& file,
                                    const Blake2b& tree, Observer& observer);
  void save_installed();
  void drop_obsolete(const Blake2b& tree);
  [[nodiscard]] SignedManifest proved(Bytes bytes, const Blake2b& tree) const;
  [[nodiscard]] trust::OfflineProof proof_of(const Blake2b& tree) const;

  fs::SettledCall settled_;  // first: for all that a call does
  std::unique_ptr<fs::FileSystem> own_disk_;
  fs::FileSystem& disk_;
  install::Layout layout_;
  Config config_;
  Access access_ = Access::look;
  bool may_write_ = false;
  std::unique_ptr<fs::Lock> lock_;
  std::unique_ptr<fs::Lock> fetch_lock_;  // from the first fetch to the end
  Recovery recovery_ = Recovery::nothing;
  std::optional<install::Installed> installed_;
  trust::Time now_;
  std::chrono::milliseconds wait_ = install::kWaitForPrograms;
  SiteLink site_;
  AuthorsDisk authors_disk_;
  std::set<std::string> site_files_;  // of the decision that is followed
  std::vector<std::unique_ptr<source::Source>> sources_;
};

/// The path of a target at a source: TUF's consistent snapshots put the hash before the name.
std::string source_path(const manifest::TargetFile& file);
/// A payload as the store of downloads wants it described.
source::RemoteFile to_download(const manifest::TargetFile& file, const manifest::Payload& payload);
/// The same of a payload that the manifest should describe; throws Error{trust_malformed} if it
/// does not.
source::RemoteFile remote_payload(const manifest::Manifest& manifest,
                                  const manifest::TargetFile& file);

}  // namespace xppkg::client
