#include "verbs.hpp"

namespace xppkg::cli {

void add_install(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand("install", text("Install the first release into the folder"));
  auto version = std::make_shared<std::optional<std::string>>();
  verb->add_option("VERSION", *version,
                   text("Default: the version released in the database, else the newest"));
  add_examples(*verb, "  xppkg -C /opt/app install\n  xppkg -C /opt/app install 4.07.0012");
  verb->callback([&context, version] {
    context.run = [&context, version] {
      ApplyResult result;
      {
        ConsoleObserver observer(context.manner);
        result = Updater(context.folder).install(*version, observer);
      }
      show(result, context.manner);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
