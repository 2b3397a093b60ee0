#pragma once

#include <set>

#include "install/journal.hpp"

namespace xppkg::install {

/// Does and undoes the operations of a journal. Each call looks at the disk first, so that any of
/// them can be repeated after a crash in its middle.
class Operations {
 public:
  /// `is_again`: some may have been done before.
  Operations(fs::FileSystem& disk, const Layout& layout, bool is_again)
      : disk_(disk), layout_(layout), is_again_(is_again) {}

  /// Gives what a put is about to replace its second name, where the file system can; all of them
  /// before the first name changes, so that going back never depends on the order in which changes
  /// of names become durable.
  void back_up(const Operation& operation);
  void redo(const Operation& operation);
  /// Before the first `undo`: a name that is on its way between two spellings gets the new one, so
  /// that the operations after it find it.
  void end_respell(const Operation& operation);
  void undo(const Operation& operation);
  /// Makes the names durable that were changed since this object was made.
  void sync();

 private:
  /// Makes a folder, or gives the one that is there its mode.
  void make_directory(const fs::Path& path, std::uint32_t mode);
  void put(const Operation& operation);
  void displace(const Operation& operation);
  void remove(const Operation& operation);
  /// Gives a name that reads `from` the spelling `to`.
  void respell(const fs::Path& from, const fs::Path& to, const fs::Path& between);
  void unput(const Operation& operation);
  /// Before something takes a name: an entry that is not the one of the list gets a second name
  /// where its owner finds it. Throws Error{tree_conflict} where that cannot be.
  void rescue(const Operation& operation);
  /// Gives a file a second name below .xppkg/displaced.
  void keep_aside(const fs::Path& path, const std::string& place);
  /// Makes a folder that is missing, as open to others as another one.
  void make_like(const fs::Path& folder, const fs::Path& original);
  /// True if the entry at a name is the one of the list, and is safe where it was displaced.
  [[nodiscard]] bool is_as_planned(const Operation& operation, const fs::Path& path) const;
  /// True if the entry at a name is the one that the put brings.
  [[nodiscard]] bool is_new(const Operation& operation, const fs::Path& path) const;
  /// True if the new entry has the name already, and what was there lies in the staging area.
  [[nodiscard]] bool is_exchanged(const Operation& operation) const;
  /// After an exchange: looks at what came out, which is safe elsewhere or else is rescued. Throws
  /// Error{tree_conflict} after going back where that cannot be.
  void take_out(const Operation& operation);
  /// Gives its name back to a file that came to it in the moment when another was removed.
  void give_back_unless_planned(const Operation& operation);
  /// A second name for the file where the file system can, else the file itself moves. `to` is
  /// free, or Error{io_failed} is thrown.
  void keep(const fs::Path& from, const fs::Path& to);
  void set_mode(const fs::Path& path, std::uint32_t mode);
  void move(const fs::Path& from, const fs::Path& to);
  void touch(const fs::Path& from, const fs::Path& to);

  [[nodiscard]] fs::Path target(const Operation& operation) const;
  [[nodiscard]] fs::Path staged(const Operation& operation) const;
  [[nodiscard]] fs::Path backup(const Operation& operation) const;
  [[nodiscard]] fs::Path displaced(const std::string& place) const;
  [[nodiscard]] bool reads(const fs::Path& path) const;
  [[nodiscard]] bool is_there(const fs::Path& path) const { return disk_.stat(path).has_value(); }

  fs::FileSystem& disk_;
  const Layout& layout_;
  bool is_again_;
  std::set<fs::Path> touched_;
};

}  // namespace xppkg::install
