#pragma once

#include <set>
#include <string>

#include "fs/file_system.hpp"
#include "source/source.hpp"
#include "trust/workflow.hpp"

namespace xppkg::client {

/// Trusted metadata as files of a folder, a file for each role, each replaced at once.
class MetadataFolder final : public trust::MetadataCache {
 public:
  /// `may_save` is false for users who may not write the folder: saves and removals then count for
  /// this object only. `folder` must exist before the first save.
  MetadataFolder(fs::FileSystem& disk, fs::Path folder, bool may_save);

  std::optional<Bytes> load(const std::string& role) override;
  void save(const std::string& role, ByteView bytes) override;
  void remove(const std::string& role) override;

 private:
  [[nodiscard]] fs::Path place(const std::string& role) const;

  fs::FileSystem& disk_;
  fs::Path folder_;
  bool may_save_;
  std::set<std::string> removed_;
};

/// The metadata folder of a source.
class MetadataAtSource final : public trust::MetadataSource {
 public:
  /// `folder`: "metadata/", or "" where the source's address ends with it.
  MetadataAtSource(source::Source& source, std::string folder, Observer& observer);

  std::optional<Bytes> fetch(const std::string& file, std::uint64_t limit) override;

 private:
  source::Source& source_;
  std::string folder_;
  Observer& observer_;
};

}  // namespace xppkg::client
