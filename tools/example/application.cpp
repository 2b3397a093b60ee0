#include "application.hpp"

#include "progress.hpp"

namespace example {
namespace {

using State = xppkg::GateResult::State;

}  // namespace

Application::Application(const std::string& folder)
    : folder_(folder), in_use_(folder), version_(in_use_->version()) {}

int Application::run() {
  show("Version " + version_ + " runs.");
  read_lines(events_);
  if (pass_gate() == Next::end) return status_;
  // The files are whole, the database is reached: no start after this one goes back by itself.
  if (xppkg::Updater(folder_).confirm()) show("Version " + version_ + " is confirmed.");
  look_for_news();
  while (handle(events_->next()) == Next::work) {
  }
  return status_;
}

/// May this program open the site's data?
Application::Next Application::pass_gate() {
  gate_ = xppkg::Site(folder_).gate();
  show("Gate: " + to_string(gate_.state));
  switch (gate_.state) {
    case State::ok:
    case State::held:
      return Next::work;
    case State::pilot:
      if (gate_.asks) ask_pilot();
      return Next::work;
    case State::outdated:
      return follow();
    case State::unreachable:
      show(gate_.cause);
      break;
  }
  if (gate_.may_run) return Next::work;
  status_ = info(xppkg::Code::database_unreachable).exit_status;
  return Next::end;
}

void Application::ask_pilot() {
  const auto is_for_all =
      ask_yes_no(*events_, "Release version " + version_ + " for all workstations?");
  if (!is_for_all) return;
  try {
    xppkg::Site site(folder_);
    if (!*is_for_all) {
      site.keep_as_test();
      return show("It stays a test on this workstation.");
    }
    ShownProgress progress;
    const xppkg::ReleaseResult result = site.release({}, progress);
    gate_.counter = result.counter;
    show("Released " + result.version + " for all workstations.");
  } catch (const xppkg::Error& error) {
    show(error.what());  // Not answered: the next start asks again.
  }
}

/// Goes where the site is.
Application::Next Application::follow() {
  show("Outdated: " + version_ + " is installed, " + gate_.released + " is released.");
  if (update({}) == Next::end) return Next::end;
  if (gate_.may_run) return Next::work;
  status_ = info(xppkg::Code::policy_outdated).exit_status;
  return Next::end;
}

Application::Next Application::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::end:
      return Next::end;
    case Event::Kind::line:
      return obey(event.text);
    case Event::Kind::newer:
      show(event.text + " Type update to test it here.");
      return Next::work;
    case Event::Kind::trouble:
      show(event.text);
      return Next::work;
    case Event::Kind::decided:
      break;
  }
  show(event.text);
  news_.reset();
  if (pass_gate() == Next::end) return Next::end;
  look_for_news();
  return Next::work;
}

/// The daily work of an application.
Application::Next Application::obey(const std::string& line) {
  if (line == "quit") return Next::end;
  if (line != "update") {
    show("Booked: " + line);
    return Next::work;
  }
  if (update({xppkg::ReleaseSelector::Kind::newest, ""}) == Next::end) return Next::end;
  look_for_news();
  return Next::work;
}

Application::Next Application::update(const xppkg::ReleaseSelector& wanted) {
  news_.reset();
  in_use_.reset();  // An update waits for the programs that run from the folder.
  try {
    ShownProgress progress;
    const xppkg::ApplyResult result = xppkg::Updater(folder_).apply(wanted, progress);
    if (!result.changed) show("There is no newer version.");
  } catch (const xppkg::Error& error) {
    show(error.what());
  }
  in_use_.emplace(folder_);
  return in_use_->version() == version_ ? Next::work : restart();
}

Application::Next Application::restart() {
  show("Updated to " + in_use_->version() + ".");
  if (!xppkg::request_restart()) show("Please start the program again.");
  return Next::end;
}

void Application::look_for_news() {
  news_.emplace(folder_, gate_.counter, events_);
}

}  // namespace example
