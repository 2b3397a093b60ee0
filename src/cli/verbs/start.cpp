#include "cli/error_text.hpp"
#include "cli/restart_mark.hpp"
#include "cli/run_program.hpp"
#include "cli/terminal.hpp"
#include "start_gate.hpp"
#include "xppkg/in_use.hpp"
#include "xppkg/site.hpp"

namespace xppkg::cli {
namespace {

constexpr std::chrono::milliseconds kWaitForCommit{300'000};
constexpr std::chrono::milliseconds kSilentWait{2'000};
constexpr std::chrono::milliseconds kAskEvery{500};

struct Start {
  std::vector<std::string> words;
  bool holds = false;
  StartOptions options;
};

/// Recovers, and goes back where it is time to. Another run that is at work does the update.
void prepare(const FolderContext& context) {
  StartResult result;
  try {
    ConsoleObserver observer(context.output_options);
    result = Updater(context.folder).start(observer);
  } catch (const Error& error) {
    if (error.code() != Code::locked_other_run) throw;
  }
  if (context.output_options.json) return;
  for (const Notice& notice : result.notices) say(describe(notice));
  if (!result.updated_from.empty()) say(text("Updated to {}.", result.version));
  if (result.rolled_back_from.empty()) return;
  say(text("{} was never confirmed as working: back to {}.", result.rolled_back_from,
           result.version));
}

void tell_who_is_waited_for(const FolderContext& context, const Error& busy) {
  const std::string by(busy.fact("held by"));
  say(text("Waiting for an update of {} to end ({}).", context.folder,
           by.empty() ? text("by a run that this user may not see") : by));
}

/// Waits for an update that is being committed. Nothing where this user cannot say that he uses the
/// folder.
std::optional<InUse> hold(const FolderContext& context) {
  for (auto waited = kAskEvery;; waited += kAskEvery) {
    try {
      return InUse(context.folder, kAskEvery);
    } catch (const Error& error) {
      const bool may_not_say = error.code() == Code::rights_denied;
      if (may_not_say && !Updater(context.folder).is_broken_off()) return std::nullopt;
      if (error.code() != Code::locked_other_run || waited >= kWaitForCommit) throw;
      if (waited == kSilentWait) tell_who_is_waited_for(context, error);
    }
    wait_unless_cancelled(std::chrono::milliseconds::zero());
  }
}

/// The program runs already, and is waited for whatever becomes of it.
void report(const FolderContext& context) {
  try {
    Site(context.folder).report("done");
  } catch (const Error&) {
    // A site's overview is worth nobody's time.
  }
}

int run_once(const FolderContext& context, const Start& start) {
  prepare(context);
  const bool reports = pass_site(context, start.options);
  auto in_use = hold(context);
  if (was_interrupted()) throw Error(Code::cancelled);
  return run_and_wait(start.words, [&] {
    if (!start.holds) in_use.reset();
    if (reports) report(context);
  });
}

int run(const FolderContext& context, const Start& start) {
  RestartMark restart;
  int status = run_once(context, start);
  while (restart.take()) {
    try {
      status = run_once(context, start);
    } catch (const Error& error) {
      // The program has run: its status is what the caller asked for.
      say(text("Not done: {}", describe(error)));
      break;
    }
  }
  return status;
}

}  // namespace

void add_start(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "start", text("Update this workstation to the released version, and run a program"));
  auto start = std::make_shared<Start>();
  verb.add_option("PROGRAM", start->words, text("The program and its arguments, after --"))
      .required()
      .all_that_follow();
  verb.add_flag("--hold", start->holds, text("No update is installed while the program runs"));
  const auto yes = verb.add_flag("--yes", start->options.yes,
                                 text("Yes: update, or release a tested version for all"));
  verb.add_flag("--no", start->options.no, text("No: do not update; it stays a test here"))
      .excludes(yes);
  start->options.elevate = add_elevate_options(verb);
  start->options.key = add_site_key_options(verb);
  verb.add_examples(
      "  xppkg -C /opt/app start -- /opt/app/bin/app --fast\n"
      "  xppkg -C /opt/app start --yes -- /opt/app/bin/app\n"
      "  xppkg -C /opt/app start --hold -- /opt/app/bin/app");
  verb.callback(
      [&context, start] { context.run = [&context, start] { return run(context, *start); }; });
}

}  // namespace xppkg::cli
