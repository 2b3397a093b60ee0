#pragma once

#include <chrono>
#include <memory>

#include "install/layout.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::install {

/// How long a commit waits for programs that say that they run from the folder, unless told.
constexpr std::chrono::milliseconds kWaitForPrograms = std::chrono::seconds(10);
/// As a wait: a commit does not wait for programs that run from the folder
/// (Updater::override_programs).
constexpr std::chrono::milliseconds kWaitForNobody = std::chrono::milliseconds(-1);

/// Makes the file whose lock says that programs run from the folder, readable for everybody, so
/// that they need no right to write there. One that is there stays.
void make_in_use_file(fs::FileSystem& disk, const Layout& layout);

/// Waits at most `wait` until no program says that it runs from the folder, and lets none say so
/// until the lock is let go. The notice "use.waiting" tells who is waited for. Throws
/// Error{use_busy} with the fact "held by" when the time is over, and Error{cancelled}.
std::unique_ptr<fs::Lock> lock_programs_out(fs::FileSystem& disk, const Layout& layout,
                                            std::chrono::milliseconds wait, Observer& observer);

}  // namespace xppkg::install
