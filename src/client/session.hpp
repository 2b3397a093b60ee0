#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "install/state.hpp"
#include "install/transaction.hpp"
#include "metadata.hpp"
#include "site/site.hpp"

namespace xppkg::client {

/// A manifest together with the bytes that were verified.
struct SignedManifest {
  manifest::Manifest manifest;
  Bytes bytes;
};

/// One call on one installation: the folder's lock where it may be written, what recovery did, and
/// what is installed. Everything a verb needs and nothing of how it goes on.
class Session {
 public:
  /// `needs_write`: throws Error{rights_denied} for users who may not write the folder. Throws
  /// Error{locked_other_run, usage_not_installation, corrupt_state}.
  Session(const std::string& folder, bool needs_write);

  [[nodiscard]] fs::FileSystem& disk() const { return disk_; }
  [[nodiscard]] const install::Layout& layout() const { return layout_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] install::Recovery recovery() const { return recovery_; }
  [[nodiscard]] const std::optional<install::Installed>& installed() const { return installed_; }
  [[nodiscard]] trust::Time now() const { return now_; }
  /// How long a commit waits for programs that say that they run from the folder.
  void set_wait(std::chrono::milliseconds wait) { wait_ = wait; }
  [[nodiscard]] std::chrono::milliseconds wait() const { return wait_; }

  /// The configured sources, opened.
  std::vector<std::unique_ptr<source::Source>>& sources();
  /// With a decision: judged as of its time.
  Trusted refresh(Observer& observer, const std::optional<site::Decision>& decision = {});
  /// The installed manifest, proved by the saved metadata. Throws Error{usage_nothing_installed,
  /// corrupt_state, trust_*}.
  SignedManifest installed_manifest();
  /// Fetches the manifest of a release and checks that it is the one that is meant.
  SignedManifest fetch_manifest(const Trusted& trusted, const manifest::TargetFile& file,
                                const Blake2b& tree, Observer& observer);
  /// Null without a configured database.
  std::unique_ptr<site::SiteDatabase> open_site(site::Missing missing);
  void note(const install::HistoryEntry& entry);
  /// The installed release is what a decision asks for: from now on it is here because of that, and
  /// no longer as a test. 0: no decision, nothing changes.
  void note_decision(std::uint64_t decision);
  /// Before a release is committed: keeps the metadata that proves it.
  void keep_proof(const Blake2b& tree);
  /// After it was committed.
  void drop_other_proofs(const Blake2b& tree);
  /// After a failure: frees the disk of what was staged, unless recovery needs it.
  void clear_staging();

 private:
  void lock_and_recover(bool needs_write);

  fs::FileSystem& disk_;
  install::Layout layout_;
  Config config_;
  bool may_write_ = false;
  std::unique_ptr<fs::Lock> lock_;
  install::Recovery recovery_ = install::Recovery::nothing;
  std::optional<install::Installed> installed_;
  trust::Time now_;
  std::chrono::milliseconds wait_ = install::kWaitForPrograms;
  std::vector<std::unique_ptr<source::Source>> sources_;
};

/// The absolute paths of the installation in a folder.
install::Layout layout_of(const std::string& folder);

/// The path of a target at a source: TUF's consistent snapshots put the hash before the name.
std::string target_path(const manifest::TargetFile& file);

}  // namespace xppkg::client
