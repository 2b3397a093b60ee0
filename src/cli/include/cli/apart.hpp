#pragma once

#include <functional>
#include <string>

namespace xppkg::cli {

/// Runs `work`, privileged, with nothing of an unprivileged caller: in a process and a session of
/// its own, without his terminal, timers, ignored or blocked signals, limits, priority,
/// environment, working folder and open files. This process passes on what `tell` writes, and may
/// be stopped, blocked or ended by the caller: the work goes on to its end. An interrupt is passed
/// on, once: the work stops where it may. Returns the exit status of the work. Throws
/// Error{io_failed}.
int run_apart(const std::function<int()>& work);

/// Whether a line may be dropped if the caller reads too slowly.
enum class Telling { may_be_lost, counts };

/// From within the work: writes a line to the caller, without ever waiting for him.
void tell(const std::string& line, Telling telling);

}  // namespace xppkg::cli
