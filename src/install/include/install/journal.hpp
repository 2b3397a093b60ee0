#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "install/layout.hpp"

namespace xppkg::install {

/// One change of one name. Each can be done again and undone again from any state between.
struct Operation {
  enum class Kind {
    put,               ///< the staged file or link `number` takes the name; the old one to backup
    displace,          ///< a file that is not ours gets a second name below .xppkg/displaced
    remove,            ///< the name goes to backup
    make_directory,    ///< with mode `mode`
    remove_directory,  ///< if empty; had mode `old_mode`
    set_mode,          ///< from `old_mode` to `mode`
    respell,           ///< on a disk that takes both names for one, it is to read `to`
  };
  Kind kind = Kind::put;
  std::string path;        ///< relative to DIR
  std::size_t number = 0;  ///< names its staged and its backup file
  bool replaces = false;   ///< put: something was at the name before
  std::uint32_t mode = 0;
  std::uint32_t old_mode = 0;
  std::string to;     ///< respell: relative to DIR; the same name but for case or Unicode form
  std::string place;  ///< displace, and the put after it: relative to DIR/.xppkg/displaced
  /// put and remove: the digest of the old release's file that was there, so that its backup can be
  /// kept after the commit; none: it is thrown away.
  std::optional<Blake2b> old_digest;
  std::string seen;  ///< put and remove: what was there when the list was made (look.hpp)
  /// put and remove: where something else goes that is there by then, relative to
  /// DIR/.xppkg/displaced; empty: then the commit is undone.
  std::string rescue;
  /// put: what is staged (look.hpp), and the digest of its contents where it is a file: by these it
  /// is known once it has the name. Empty in journals that do not say it.
  std::string brings;
  std::optional<Blake2b> new_digest;
};

/// The write-ahead log of a commit: all its operations, complete before the first one. On disk: a
/// line for each record with a checksum of its own, the last one counting them (manifests/FORMAT.md
/// §8).
struct Journal {
  std::string from;  ///< versions, for messages; empty: nothing was installed
  std::string to;
  std::vector<Operation> operations;

  [[nodiscard]] std::string write() const;
  /// Throws Error{corrupt_state} for anything that write() did not make.
  static Journal read(ByteView bytes);
};

}  // namespace xppkg::install
