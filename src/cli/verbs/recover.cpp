#include "verbs.hpp"

namespace xppkg::cli {
namespace {

std::string describe(const std::string& recovery) {
  if (recovery == "completed") return text("An interrupted update was completed.");
  if (recovery == "undone")
    return text("An interrupted update was undone; the old version is there.");
  return text("Nothing to recover.");
}

}  // namespace

void add_recover(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "recover", text("Finish or undo an interrupted update (every command does so first)"));
  add_examples(*verb, "  xppkg -C /opt/app recover");
  verb->callback([&context] {
    context.run = [&context] {
      const std::string recovery = Updater(context.folder).recover();
      if (context.manner.json) {
        print(nlohmann::json{{"recovery", recovery}});
      } else {
        say(describe(recovery));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
