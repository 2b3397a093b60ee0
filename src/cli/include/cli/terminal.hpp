#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace xppkg::cli {

/// True if people see standard error.
bool stderr_is_terminal();
bool stdout_is_terminal();
/// Columns of the terminal at standard error; 80 where that is not known.
int terminal_width();
/// Asks at the terminal, without echo. Throws Error{usage_passphrase} without a terminal, and
/// Error{cancelled} as soon as somebody asks us to end; the terminal shows again then.
std::string ask_passphrase(const std::string& prompt);
/// True if a person can be asked: both ends are a terminal.
bool can_ask();
/// Asks and reads a line of the answer; empty at the end of input. Throws Error{cancelled} as
/// above.
std::string ask(const std::string& question);
/// Writes to standard error at once. Safe in a signal handler.
void write_to_terminal(std::string_view text);
/// Writes all of it to standard output, and waits for a reader also where somebody has set that
/// nobody waits. Returns the system's number of the error; 0: none. An interrupt ends the wait.
int write_to_output(std::string_view text);
/// From now on an interrupt (Ctrl-C) or a request to end only sets the flag that `was_interrupted`
/// tells, so that the run can end at a safe point. A second one ends at once. Signals that our
/// caller has had ignored stay ignored. After settle_process.
void catch_interrupts();
bool was_interrupted();
/// Waits. Throws Error{cancelled} as soon as somebody asks us to end.
void wait_unless_cancelled(std::chrono::milliseconds time);

}  // namespace xppkg::cli
