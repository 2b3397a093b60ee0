#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace xppkg::cli {

// Everything that our programs write goes through here, so that three rules hold for all of it: a
// terminal shows the text and executes no control characters in it; the line of progress is removed
// first; and a failure to write is reported.

/// The text as a terminal may show it: control characters, those that turn the direction of
/// writing, ends of lines and bytes that are not UTF-8 become visible, such as "\x1b" or
/// "\u{202e}". A tab stays.
std::string visible(std::string_view text);

/// Prints a line of data.
void print(const std::string& line);
/// Prints a line of data whose value stands below the values of the other rows.
void print_row(const std::string& name, const std::string& value);
/// Prints text of several lines as data.
void print_text(std::string_view text);
/// Prints a JSON value as data.
void print(const nlohmann::json& value);

/// Tells people something.
void say(const std::string& line);
/// Tells a front end something, as one line.
void say(const nlohmann::json& value);

/// Shows a line in the place of the one that it showed before. For terminals only.
void show_progress(const std::string& line);
/// Takes that line away. Before anything else writes to the terminal.
void clear_progress();
/// The same in a signal handler.
void clear_progress_in_handler();

/// Writes what is held back of the data; a failure is noticed and told later.
void write_out();
/// The same at the end. Throws Error{output_failed} if some of it could not be written, now or
/// before.
void finish_output();

}  // namespace xppkg::cli
