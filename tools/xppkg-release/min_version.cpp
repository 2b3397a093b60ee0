#include "release_change_output.hpp"

#include <nlohmann/json.hpp>
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;

struct Arguments {
  std::string package;
  std::string version;
  bool lower = false;
};

void show(const publish::MinVersionChange& result, const Arguments& arguments) {
  if (!result.changed) {
    cli::say(text("The minimum version of {} is {} already.", arguments.package, result.previous));
  } else if (arguments.lower && !result.previous.empty() &&
             Version::parse(result.min_version) < Version::parse(result.previous)) {
    cli::say(
        text("The minimum version of {} was LOWERED from {} to {}: sites may go back to versions "
             "that you had ruled out.",
             arguments.package, result.previous, result.min_version));
  } else {
    cli::say(text("The minimum version of {} is now {}; no workstation goes below it.",
                  arguments.package, result.min_version));
  }
  tell_deserted(result.deserted);
}

int run(const Context& context, const Arguments& arguments) {
  const auto layout = context.layout();
  auto keys = context.open_keys();
  const auto result = publish::set_min_version(fs::native(), layout, keys, arguments.package,
                                               arguments.version, arguments.lower, now());
  const auto warnings = tell_expiry(context);
  if (context.output_options.json) {
    cli::print(nlohmann::json{{"changed", result.changed},
                              {"package", arguments.package},
                              {"min_version", result.min_version},
                              {"previous", result.previous},
                              {"deserted", to_json(result.deserted)},
                              {"warnings", warnings}});
  } else {
    show(result, arguments);
  }
  return 0;
}

}  // namespace

void add_min_version(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "min-version", text("Set the minimum version that workstations may go to"));
  auto arguments = std::make_shared<Arguments>();
  add_repository(verb, context);
  verb.add_option("--package", arguments->package, text("Name of the package")).required();
  verb.add_option("VERSION", arguments->version, text("The minimum version")).required();
  verb.add_flag("--lower", arguments->lower, text("Let it be lower than before"));
  add_keys(verb, context);
  verb.add_examples("  xppkg-release min-version /srv/releases --package app 4.07.0011");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::release_tool
