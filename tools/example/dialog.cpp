#include "dialog.hpp"

#include <iostream>
#include <thread>
#include <vector>

namespace example {

void show(const std::string& sentence) {
  // One piece, because several threads write.
  std::cout << sentence + "\n" << std::flush;
}

void read_lines(std::shared_ptr<Events> events) {
  std::thread([events = std::move(events)] {
    for (std::string line; std::getline(std::cin, line);) events->add({Event::Kind::line, line});
    events->add({Event::Kind::end, ""});
  }).detach();  // Nothing ends a read of standard input; the process does.
}

std::optional<bool> ask_yes_no(Events& events, const std::string& question) {
  show(question + " [yes/no]");
  std::optional<bool> answer;
  std::vector<Event> later;  // Other events are for the main loop.
  while (!answer) {
    Event event = events.next();
    if (event.kind != Event::Kind::line) {
      later.push_back(event);
      if (event.kind == Event::Kind::end) break;
    } else if (event.text == "yes" || event.text == "no") {
      answer = event.text == "yes";
    } else {
      show("Please answer yes or no.");
    }
  }
  for (Event& event : later) events.add(std::move(event));
  return answer;
}

}  // namespace example
