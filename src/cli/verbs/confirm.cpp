#include "verbs.hpp"

namespace xppkg::cli {

void add_confirm(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "confirm", text("Say that the installed version runs, so that no start goes back from it"));
  add_examples(*verb, "  xppkg -C /opt/app confirm");
  verb->callback([&context] {
    context.run = [&context] {
      const bool was_awaited = Updater(context.folder).confirm();
      if (context.manner.json) {
        print(nlohmann::json{{"confirmed", true}, {"was_awaited", was_awaited}});
      } else {
        say(was_awaited ? text("Confirmed.") : text("No confirmation was awaited."));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
