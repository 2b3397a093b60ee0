#pragma once

#include <string>

#include "repository.hpp"
#include "session.hpp"
#include "temp_folder.hpp"

namespace xppkg::test {

/// A repository in a folder, and an installation that has it as its source.
class TestInstallation {
 public:
  TestInstallation();

  /// Signs the repository at version `version` of all its roles but root, and writes it.
  void publish(std::uint64_t version = 1);
  /// Sets the installation up, with the root that was published last.
  void init();
  /// Refreshes at a time; the error's id, or nothing.
  std::string refresh(trust::Time now, bool may_save = true);
  [[nodiscard]] client::MetadataStore store() const;
  [[nodiscard]] trust::Time trusted_time() const;
  /// Puts a target where clients of consistent snapshots ask for it; its description.
  manifest::TargetFile add_target(const std::string& path, ByteView bytes);

  Repository repository;
  TempFolder folder;
  fs::Path source = folder / "repository";
  install::Layout layout{folder / "app"};
  client::Config config;
};

}  // namespace xppkg::test
