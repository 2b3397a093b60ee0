#pragma once

#include <string>

namespace xppkg::cli {

/// True if people see what is written to standard error.
bool stderr_is_terminal();
/// Columns of the terminal at standard error; 80 where that is not known.
int terminal_width();
/// Asks at the terminal, without showing what is typed. Throws Error{usage_passphrase} without a
/// terminal.
std::string ask_passphrase(const std::string& prompt);
/// True if a person can be asked: both ends are a terminal.
bool can_ask();
/// Asks and reads a line of the answer; empty at the end of input.
std::string ask(const std::string& question);
/// From now on an interrupt (Ctrl-C) or a request to end only sets the flag that
/// `was_interrupted` tells, so that the run can end at a safe point. A second one ends at once.
void catch_interrupts();
bool was_interrupted();

}  // namespace xppkg::cli
