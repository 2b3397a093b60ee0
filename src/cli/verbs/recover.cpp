#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

std::string describe(Recovery recovery) {
  switch (recovery) {
    case Recovery::completed:
      return text("An interrupted update was completed.");
    case Recovery::undone:
      return text("An interrupted update was undone; the old version is back.");
    case Recovery::nothing:
      return text("Nothing to recover.");
  }
  return {};
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
      const Recovery recovery = Updater(context.folder).recover(observer);
      if (context.output_options.json) {
        print(nlohmann::json{{"recovery", id(recovery)}});
      } else {
        say(describe(recovery));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
