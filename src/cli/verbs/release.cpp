#include "verbs.hpp"

namespace xppkg::cli {
namespace {

void show(const ReleaseResult& result) {
  if (!result.changed) return say(text("{} is the released version already.", result.version));
  say(result.previous.empty() ? text("Released {} for all workstations.", result.version)
                              : text("Released {} for all workstations (before: {}).",
                                     result.version, result.previous));
}

}  // namespace

void add_release(CLI::App& app, FolderContext& context) {
  CLI::App* verb = app.add_subcommand(
      "release", text("Release a version for all workstations: write it into the site's database"));
  auto version = std::make_shared<std::optional<std::string>>();
  verb->add_option("VERSION", *version, text("Default: the installed version"));
  auto policy = std::make_shared<std::string>("required");
  verb->add_option("--policy", *policy,
                   text("required: who does not follow must not run; recommended: he may go on"))
      ->check(CLI::IsMember({"required", "recommended"}))
      ->capture_default_str();
  add_examples(*verb, "  xppkg -C /opt/app release\n  xppkg -C /opt/app release 4.07.0011");
  verb->callback([&context, version, policy] {
    context.run = [&context, version, policy] {
      ReleaseResult result;
      {
        ConsoleObserver observer(context.manner);
        result = Updater(context.folder).release(*version, *policy, observer);
      }
      if (context.manner.json) {
        print(nlohmann::json{{"version", result.version},
                             {"previous", result.previous},
                             {"counter", result.counter},
                             {"changed", result.changed}});
      } else {
        show(result);
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
