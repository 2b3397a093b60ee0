#include "verbs.hpp"

namespace xppkg::cli {

std::shared_ptr<unsigned> add_wait_option(CLI::App& verb) {
  auto seconds = std::make_shared<unsigned>(10);
  verb.add_option("--wait", *seconds,
                  text("Seconds to wait for programs that run from the folder (default: 10)"))
      ->check(CLI::Range(0, 86'400));
  return seconds;
}

void add_install(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand("install", text("Install the first release into the folder"));
  auto version = std::make_shared<std::optional<std::string>>();
  verb->add_option("VERSION", *version,
                   text("Default: the version released in the database, else the newest"));
  const auto wait = add_wait_option(*verb);
  add_examples(*verb, "  xppkg -C /opt/app install\n  xppkg -C /opt/app install 4.07.0012");
  verb->callback([&context, version, wait] {
    context.run = [&context, version, wait] {
      ApplyResult result;
      {
        ConsoleObserver observer(context.manner);
        Updater updater(context.folder);
        updater.set_wait(std::chrono::seconds(*wait));
        result = updater.install(*version, observer);
      }
      show(result, context.manner);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
