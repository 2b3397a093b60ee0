#pragma once

#include <optional>
#include <string>

#include "install/folder_transaction.hpp"
#include "manifest/manifest.hpp"
#include "publish/repository.hpp"

namespace xppkg::publish {

/// A clean folder in which payloads are applied by the client's own code: to have an earlier
/// release as files, and to prove a payload. Removed when this object goes.
class TrialInstall {
 public:
  TrialInstall(fs::FileSystem& disk, fs::Path folder, Observer& observer);
  TrialInstall(const TrialInstall&) = delete;
  TrialInstall& operator=(const TrialInstall&) = delete;
  ~TrialInstall();

  /// Applies a payload to the release installed here (nothing, for a full package) and compares the
  /// folder, scanned anew, with the manifest. Throws Error{release_not_proved} and what the client
  /// throws.
  void install(const manifest::Manifest& target, const fs::Path& payload, bool is_full);

  /// The same, and what may follow at a client: its user changes the config files, it goes back to
  /// the release before, if there was one, and takes the payload again. Afterwards the folder has
  /// the user's changes.
  void prove(const manifest::Manifest& target, const fs::Path& payload, bool is_full);

  /// The files that are installed here.
  [[nodiscard]] const fs::Path& folder() const { return layout_.root; }

 private:
  void compare(const manifest::Manifest& target);
  void take(const manifest::Manifest& target, const fs::Path& payload, bool is_full);
  void go_back(const manifest::Manifest& earlier);
  void add_contents(install::ContentStore& contents);
  void commit(const install::VerifiedTree& tree, const manifest::Manifest& target);
  void change_configs(const manifest::Manifest* base, const manifest::Manifest& target);
  void require_whole(const manifest::Manifest& target);

  fs::FileSystem& disk_;
  install::Layout layout_;
  Observer& observer_;
  std::optional<manifest::Manifest> installed_;
};

}  // namespace xppkg::publish
