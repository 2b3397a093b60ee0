#include "cli/run_program.hpp"
#include "verbs.hpp"

namespace xppkg::cli {
namespace {

void tell(const StartResult& result, const Manner& manner) {
  if (result.rolled_back_from.empty()) return;
  for (const Notice& notice : result.notices) say(describe(notice));
  if (manner.json) return;
  say(text("{} was never confirmed to run: back to {}.", result.rolled_back_from, result.version));
}

}  // namespace

void add_start(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "start", text("Recover, go back from a version that does not run, and run a program"));
  auto words = std::make_shared<std::vector<std::string>>();
  verb->add_option("PROGRAM", *words, text("The program and its arguments, after --"))
      ->required()
      ->expected(-1);
  add_examples(*verb, "  xppkg -C /opt/app start -- /opt/app/bin/app --fast");
  verb->callback([&context, words] {
    context.run = [&context, words] {
      {
        ConsoleObserver observer(context.manner);
        tell(Updater(context.folder).start(observer), context.manner);
      }
      return run_and_wait(*words);
    };
  });
}

}  // namespace xppkg::cli
