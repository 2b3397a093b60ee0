#pragma once

#include <set>

#include "install/journal.hpp"

namespace xppkg::install {

/// Does and undoes the operations of a journal. Each call looks at what is on the disk, so that any
/// of them can be repeated after a crash in its middle.
class Operations {
 public:
  Operations(fs::FileSystem& disk, const Layout& layout) : disk_(disk), layout_(layout) {}

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
  /// A second name for the file where the file system can, else the file itself moves.
  void keep(const fs::Path& from, const fs::Path& to);
  void set_mode(const fs::Path& path, std::uint32_t mode);
  void move(const fs::Path& from, const fs::Path& to);

  [[nodiscard]] fs::Path target(const Operation& operation) const;
  [[nodiscard]] fs::Path staged(const Operation& operation) const;
  [[nodiscard]] fs::Path backup(const Operation& operation) const;
  [[nodiscard]] fs::Path displaced(const Operation& operation) const;
  [[nodiscard]] bool reads(const fs::Path& path) const;
  [[nodiscard]] bool is_there(const fs::Path& path) const { return disk_.stat(path).has_value(); }

  fs::FileSystem& disk_;
  const Layout& layout_;
  std::set<fs::Path> touched_;
};

}  // namespace xppkg::install
