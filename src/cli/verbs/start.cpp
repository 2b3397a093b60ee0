#include "cli/run_program.hpp"
#include "verbs.hpp"
#include "xppkg/in_use.hpp"

namespace xppkg::cli {
namespace {

constexpr std::chrono::minutes kWaitForCommit{5};

struct Start {
  std::vector<std::string> words;
  bool holds = false;
};

/// Recovers, and goes back where it is time to. Another run that is at work does what is to be
/// done.
void prepare(const FolderContext& context) {
  StartResult result;
  try {
    ConsoleObserver observer(context.manner);
    result = Updater(context.folder).start(observer);
  } catch (const Error& error) {
    if (error.code() != Code::locked_other_run) throw;
  }
  if (result.rolled_back_from.empty() || context.manner.json) return;
  for (const Notice& notice : result.notices) say(describe(notice));
  say(text("{} was never confirmed to run: back to {}.", result.rolled_back_from, result.version));
}

/// Waits for an update that is being committed. Nothing where this user cannot say that he uses the
/// folder.
std::optional<InUse> hold(const FolderContext& context) {
  try {
    return InUse(context.folder, kWaitForCommit);
  } catch (const Error& error) {
    if (error.code() != Code::rights_denied) throw;
    return std::nullopt;
  }
}

}  // namespace

void add_start(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "start", text("Recover, go back from a version that does not run, and run a program"));
  auto start = std::make_shared<Start>();
  verb->add_option("PROGRAM", start->words, text("The program and its arguments, after --"))
      ->required()
      ->expected(-1);
  verb->add_flag("--hold", start->holds, text("No update is committed while the program runs"));
  add_examples(*verb,
               "  xppkg -C /opt/app start -- /opt/app/bin/app --fast\n"
               "  xppkg -C /opt/app start --hold -- /opt/app/bin/app");
  verb->callback([&context, start] {
    context.run = [&context, start] {
      prepare(context);
      auto in_use = hold(context);
      return run_and_wait(start->words, [&] {
        if (!start->holds) in_use.reset();
      });
    };
  });
}

}  // namespace xppkg::cli
