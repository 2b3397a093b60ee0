#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {

void add_confirm(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "confirm", text("Say that the installed version runs, so that no start goes back from it"));
  verb.add_examples("  xppkg -C /opt/app confirm");
  verb.callback([&context] {
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
