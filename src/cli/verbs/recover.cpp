#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

std::string describe(const std::string& recovery) {
  if (recovery == "completed") return text("An interrupted update was completed.");
  if (recovery == "undone")
    return text("An interrupted update was undone; the old version is back.");
  return text("Nothing to recover.");
}

}  // namespace

void add_recover(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "recover", text("Finish or undo an interrupted update (commands that change something do so "
                      "first)"));
  verb.add_examples("  xppkg -C /opt/app recover");
  verb.callback([&context] {
    context.run = [&context] {
      ConsoleObserver observer(context.output_options);
      const std::string recovery = Updater(context.folder).recover(observer);
      if (context.output_options.json) {
        print(nlohmann::json{{"recovery", recovery}});
      } else {
        say(describe(recovery));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
