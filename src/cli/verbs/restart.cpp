#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {

void add_restart(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "restart", text("From a program that xppkg start has started: start it again when it ends"));
  verb.add_examples("  xppkg restart");
  verb.callback([&context] {
    context.run = [&context] {
      if (!request_restart()) {
        throw Error(Code::usage_invalid, {{"reason", "no xppkg start has started this program"}});
      }
      if (context.output_options.json) {
        print(nlohmann::json{{"restart", true}});
      } else {
        say(text("It is started again when it has ended."));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
