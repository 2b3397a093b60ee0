#include "start_gate.hpp"

#include "cli/error_text.hpp"
#include "cli/terminal.hpp"
#include "gate.hpp"

namespace xppkg::cli {
namespace {

using State = GateResult::State;

constexpr unsigned kWaitSeconds = 10;
constexpr std::chrono::seconds kWaitForOtherRun{300};
constexpr std::chrono::seconds kAskEvery{1};
constexpr std::string_view kRefused = "policy.outdated";

void tell(const FolderContext& context, const std::string& sentence) {
  if (!context.output_options.json) say(sentence);
}

/// A failure after which the program starts all the same: the start itself does not end with it,
/// unless somebody wants it to end.
void not_done(const FolderContext& context, const Error& error) {
  if (error.code() == Code::cancelled) throw Error(error);
  tell(context, text("Not done: {}", describe(error)));
}

/// Empty: nobody is there to be asked, or he did not answer.
std::optional<bool> ask_yes_no(const std::string& question) {
  constexpr int kTries = 3;
  for (int i = 0; can_ask() && i < kTries; ++i) {
    const std::string answer = ask(question + text(" [y/n] "));
    const char first = answer.empty() ? '\0' : answer.front();
    if (first == 'y' || first == 'Y' || first == 'j' || first == 'J') return true;
    if (first == 'n' || first == 'N') return false;
  }
  return std::nullopt;
}

std::optional<bool> answer(const StartOptions& options, const std::string& question) {
  if (options.yes) return true;
  if (options.no) return false;
  return ask_yes_no(question);
}

/// The user whose rights help: named on the command line, or else by somebody at the terminal.
ElevateOptions whose_rights(const FolderContext& context, const StartOptions& options) {
  ElevateOptions elevate = *options.elevate;
  if (!elevate.way.empty() || !can_ask()) return elevate;
  tell(context, text("You are not allowed to update this folder."));
  elevate.user = ask(text("Name of a user who may (empty: none): "));
  if (!elevate.user.empty()) elevate.way = "su";
  return elevate;
}

ApplyResult update_once(const FolderContext& context, const StartOptions& options) {
  ConsoleObserver observer(context.output_options);
  try {
    Updater updater(context.folder);
    updater.set_wait(std::chrono::seconds(kWaitSeconds));
    return updater.apply({}, observer);
  } catch (const Error& error) {
    if (error.code() != Code::rights_denied) throw;
    return apply_with_other_rights(context, {}, kWaitSeconds, whose_rights(context, options), error,
                                   observer);
  }
}

/// Another run that is at work here, perhaps another user's start, does the update.
ApplyResult update(const FolderContext& context, const StartOptions& options) {
  for (auto left = kWaitForOtherRun;; left -= kAskEvery) {
    try {
      return update_once(context, options);
    } catch (const Error& error) {
      if (error.code() != Code::locked_other_run || left <= kAskEvery) throw;
    }
    wait_unless_cancelled(kAskEvery);
  }
}

[[noreturn]] void refuse(const GateResult& gate) {
  throw Error(Code::policy_outdated, {{"installed", gate.installed}, {"released", gate.released}});
}

/// Under `required` the program runs after the update or not at all, else as it is.
void follow(const FolderContext& context, const StartOptions& options, const GateResult& gate) {
  tell(context, describe(gate));
  const bool wants =
      answer(options, text("Update to version {} now?", gate.released)).value_or(true);
  if (!wants) {
    Site(context.folder).report(gate.may_run ? "done" : std::string(kRefused));
    if (!gate.may_run) refuse(gate);
    return;
  }
  try {
    const ApplyResult result = update(context, options);
    if (!result.changed) return;
    for (const Notice& notice : result.notices) tell(context, describe(notice));
    tell(context, text("Updated to {}.", result.plan.to));
  } catch (const Error& error) {
    Site(context.folder).report(std::string(info(error.code()).id));
    if (!gate.may_run) throw;
    not_done(context, error);
    tell(context, text("{} keeps running.", gate.installed));
  }
}

void release(const FolderContext& context, const StartOptions& options, const GateResult& gate) {
  ConsoleObserver observer(context.output_options);
  ReleaseOptions release;
  release.key = *options.key;
  release.asked_at = gate.counter;
  if (gate.policy) release.policy = *gate.policy;
  const ReleaseResult result = Site(context.folder).release(release, observer);
  if (context.output_options.json) return;
  say(text("Released {} for all workstations.", result.version));
  show_signed(result);
}

void release_or_keep(const FolderContext& context, const StartOptions& options,
                     const GateResult& gate) {
  if (!gate.asks && !options.yes) return;
  if (gate.held) {
    // A hold of a release is meant for all workstations.
    if (options.yes)
      throw Error(Code::policy_held, {{"version", gate.released}, {"note", gate.note}});
    return tell(context, text("The site's releases are on hold."));
  }
  const auto is_for_all =
      answer(options, text("Release version {} for all workstations?", gate.installed));
  if (!is_for_all)
    return tell(context, text("No answer: the version stays a test on this workstation."));
  if (!*is_for_all) {
    Site(context.folder).keep_as_test();
    return tell(context, text("It stays a test on this workstation."));
  }
  try {
    release(context, options, gate);
  } catch (const Error& error) {
    // A user who answered beforehand has to learn that the answer was not carried out.
    if (options.yes) throw;
    not_done(context, error);
  }
}

bool is_about_the_database(const Error& error) {
  const Category category = info(error.code()).category;
  return category == Category::database_unavailable || category == Category::database ||
         category == Category::decision;
}

/// The verdict of the database; empty where it says nothing that could be followed, and the last
/// known policy lets the program run all the same.
std::optional<GateResult> ask_gate(const FolderContext& context) {
  Site site(context.folder);
  try {
    return site.gate();
  } catch (const Error& error) {
    if (!is_about_the_database(error) || !site.last_known().may_run) throw;
    not_done(context, error);
    return std::nullopt;
  }
}

}  // namespace

bool pass_site(const FolderContext& context, const StartOptions& options) {
  const auto answer = ask_gate(context);
  if (!answer) return false;
  const GateResult& gate = *answer;
  switch (gate.state) {
    case State::ok:
      break;
    case State::outdated:
      follow(context, options, gate);  // Which tells the database itself.
      return false;
    case State::pilot:
      tell(context, describe(gate));
      release_or_keep(context, options, gate);
      break;
    case State::held:
      tell(context, describe(gate));
      break;
    case State::unreachable:
      if (!gate.may_run) {
        throw Error(gate.error.value_or(Code::database_unreachable),
                    {{"cause", gate.cause}, {"released", gate.released}});
      }
      tell(context, describe(gate));
      return false;
  }
  return true;
}

}  // namespace xppkg::cli
