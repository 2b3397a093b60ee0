#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {

void add_confirm(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "confirm",
      text("Confirm that the installed version works, so that it is not rolled back at a start"));
  verb.add_examples("  xppkg -C /opt/app confirm");
  verb.callback([&context] {
    context.run = [&context] {
      const bool was_awaited = Updater(context.folder).confirm();
      if (context.output_options.json) {
        print(nlohmann::json{{"confirmed", true}, {"was_awaited", was_awaited}});
      } else {
        say(was_awaited ? text("Confirmed.") : text("No confirmation was expected."));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
