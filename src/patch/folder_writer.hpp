#pragma once

#include <map>
#include <optional>

#include "base/entry.hpp"
#include "delta/decoder.hpp"
#include "fs/file_system.hpp"

namespace xppkg::patch {

/// Makes the folder of a patch out of what its decoder gives: first the index of the new tree,
/// which must have the stated digest, then the files that are new, each of which must have the
/// digest that the index says. Throws Error{corrupt_payload} where something does not fit.
class FolderWriter final : public delta::PartSink {
 public:
  /// `folder` must not exist; it gets `mode`. `tree` is the digest of the new tree.
  FolderWriter(fs::FileSystem& disk, fs::Path folder, const Blake2b& tree, std::uint32_t mode);

  void begin(const delta::Part& part) override;
  void write(ByteView bytes) override;
  void end() override;

  /// After the last part: copies the files that the patch leaves as they are from the old folder,
  /// whose entries these are, makes the links, sets the folders' modes, and syncs.
  void finish(const fs::Path& old_folder, const Entries& old_entries, Observer& observer);

  /// Of the new tree, once its index was read.
  [[nodiscard]] const Entries& entries() const { return entries_; }

 private:
  void read_index();
  void begin_file(const Entry& entry);
  void end_file();
  void copy_unchanged(Observer& observer);
  void copy(const Entry& entry, const fs::Path& source, Observer& observer);
  void finish_folders();

  fs::FileSystem& disk_;
  fs::Path folder_;
  Blake2b tree_;
  std::uint32_t mode_;
  std::optional<Bytes> index_;  // its bytes, while it is read
  bool has_index_ = false;
  Entries entries_;
  std::map<Blake2b, fs::Path> contents_;  // what is at hand, and where
  std::vector<bool> written_;             // per entry
  std::size_t present_ = 0;
  Blake2bHasher hasher_;
  std::unique_ptr<fs::WriteFile> file_;
};

}  // namespace xppkg::patch
