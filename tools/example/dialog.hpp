#pragma once

#include <memory>
#include <optional>
#include <string>

#include "events.hpp"

namespace example {

/// Shows a sentence. An application with windows has a status bar or a message box here.
void show(const std::string& sentence);

/// From now on each line of standard input is an event.
void read_lines(std::shared_ptr<Events> events);

/// Asks the user. Empty: nobody is there to answer.
std::optional<bool> ask_yes_no(Events& events, const std::string& question);

}  // namespace example
