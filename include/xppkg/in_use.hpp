#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "xppkg/error.hpp"
#include "xppkg/export.hpp"

namespace xppkg {

/// Says that a program runs from an installation: while an object lives, no update changes the
/// folder, by whichever user, and the files of all programs in it are of one release. Any number of
/// programs and users may hold one; the right to read the folder is enough. It ends with its
/// process, also by a kill, and child processes do not inherit it.
///
/// A program makes one at its start, before it loads what belongs to the release. It lets go before
/// it calls Updater::apply or install itself, which would wait for it in vain.
class XPPKG_API InUse {
 public:
  /// Waits at most `wait` for an update that is being committed; one that was broken off is
  /// recovered first. Throws Error{usage_not_installation}, Error{locked_other_run} when the time
  /// is over, Error{rights_denied} where an update was broken off, or the folder was never made
  /// ready for this, and the user may not write it, and Error{io_failed, corrupt_state}.
  explicit InUse(const std::string& folder,
                 std::chrono::milliseconds wait = std::chrono::seconds(10));
  ~InUse();
  InUse(InUse&&) noexcept;
  InUse& operator=(InUse&&) noexcept;

  /// The installed version, which stays as long as this object; empty: none. A program that was
  /// built as another one was started while an update came in, and should start itself again.
  [[nodiscard]] const std::string& version() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xppkg
