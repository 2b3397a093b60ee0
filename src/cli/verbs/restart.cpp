#include "verbs.hpp"

namespace xppkg::cli {

void add_restart(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "restart", text("From a program that xppkg start has started: start it again when it ends"));
  add_examples(*verb, "  xppkg restart");
  verb->callback([&context] {
    context.run = [&context] {
      if (!request_restart()) {
        throw Error(Code::usage_invalid, {{"reason", "no xppkg start has started this program"}});
      }
      if (context.manner.json) {
        print(nlohmann::json{{"restart", true}});
      } else {
        say(text("It is started again when it has ended."));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
