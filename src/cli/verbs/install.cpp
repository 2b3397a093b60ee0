#include "verbs.hpp"

namespace xppkg::cli {

std::shared_ptr<WaitOptions> add_wait_option(const Command& verb) {
  auto wait = std::make_shared<WaitOptions>();
  verb.add_option("--wait", wait->seconds,
                  text("Seconds to wait for programs that run from the folder (default: 10)"))
      .range(0, 86'400);
  verb.add_flag("--override", wait->overrides,
                text("Do not wait for them: a program may then find files of two releases"));
  return wait;
}

void add_install(const Command& app, FolderContext& context) {
  const Command verb =
      app.add_subcommand("install", text("Install the first release into the folder"));
  auto version = std::make_shared<std::optional<std::string>>();
  verb.add_option("VERSION", *version,
                  text("Default: the version released in the database, else the newest"));
  const auto wait = add_wait_option(verb);
  verb.add_examples("  xppkg -C /opt/app install\n  xppkg -C /opt/app install 4.07.0012");
  verb.callback([&context, version, wait] {
    context.run = [&context, version, wait] {
      ApplyResult result;
      {
        ConsoleObserver observer(context.output_options);
        Updater updater(context.folder);
        wait->apply_to(updater);
        result = updater.install(*version, observer);
      }
      show(result, context.output_options);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
